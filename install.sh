#!/bin/sh
# Installs asyncgate: chooses the archive of this system, checks its sum and, where minisign is there, the signature of the sums,
# and puts the program into ~/.local/bin. It changes nothing else: no profile, no service.
#
#   curl -fsSL https://github.com/asyncgate/asyncgate/releases/latest/download/install.sh | sh
#   sh install.sh --version 1.2.3 --dir /usr/local/bin
#
# ASYNCGATE_BASE_URL names a mirror that is laid out as the releases are: latest/download/FILE and download/vVERSION/FILE.
set -u

base_url=${ASYNCGATE_BASE_URL:-https://github.com/asyncgate/asyncgate/releases}
# The public key of minisign that releases are signed with; the release writes it here.
release_key=''

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "asyncgate was not installed: $*"
  exit 1
}

usage() {
  cat <<'END'
Installs asyncgate.

  --version VERSION   that one instead of the newest, also an older one than is installed
  --dir DIR           into this directory (default: ~/.local/bin)
  --help              this text

ASYNCGATE_BASE_URL names a mirror of https://github.com/asyncgate/asyncgate/releases.
END
}

version=''
dir=''
work=''
made=''
read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --version=*) version=${1#*=} ;;
      --dir=*) dir=${1#*=} ;;
      --version | --dir)
        [ $# -ge 2 ] || fail "$1 has no value; write sh install.sh $1 VALUE"
        case $1 in --version) version=$2 ;; --dir) dir=$2 ;; esac
        shift
        ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) fail "$1 is not known; sh install.sh --help says what is" ;;
    esac
    shift
  done
  version=${version#v}
  case $version in
    '' | [0-9]*.[0-9]*.[0-9]*) ;;
    *) fail "--version $version is no version; write it as 1.2.3" ;;
  esac
  case $version in *[!0-9A-Za-z.-]*) fail "--version $version is no version; write it as 1.2.3" ;; esac
  if [ -z "$dir" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set: name a directory with --dir"
    dir=$HOME/.local/bin
  fi
  case $dir in /*) ;; *) dir=$(pwd)/$dir ;; esac
  case $dir in *'
'*) fail "the name of the directory has two lines: choose another with --dir" ;; esac
  base_url=${base_url%/}
}

# linux-x64 and its like, as the archives are named.
find_target() {
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    MINGW* | MSYS* | CYGWIN* | Windows_NT)
      fail "this is Windows: use npm install -g asyncgate, or the zip at $base_url" ;;
    *) fail "there is no build for $(uname -s): there are builds for Linux, macOS and Windows" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) fail "there is no build for $(uname -m): there are builds for x86_64 and arm64" ;;
  esac
  target=$system-$cpu
  case $system in
    linux)
      [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 64 ] || fail "this system has 32 bits: there are builds for 64 bits alone"
      if is_musl; then target=$target-musl; fi
      ;;
    darwin)
      # A shell that Rosetta translates says x86_64 on a machine that is arm64.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then target=darwin-arm64; fi
      ;;
  esac
}

is_musl() {
  case $(ldd --version 2>&1) in *musl*) return 0 ;; *GLIBC* | *GNU*) return 1 ;; esac
  [ -e /lib/ld-musl-x86_64.so.1 ] || [ -e /lib/ld-musl-aarch64.so.1 ]
}

# download URL FILE: 0, or 1 and the reason in $reason.
download() {
  if command -v curl >/dev/null 2>&1; then
    # What begins as https stays https.
    case $1 in
      https://*) reason=$(curl -fsSL --proto '=https' --tlsv1.2 -o "$2" "$1" 2>&1) && return 0 ;;
      *) reason=$(curl -fsSL -o "$2" "$1" 2>&1) && return 0 ;;
    esac
  elif command -v wget >/dev/null 2>&1; then
    if reason=$(wget -q -O "$2" "$1" 2>&1); then
      # Some of busybox say so and go on.
      case $reason in *"ertificate validation not implemented"*)
        fail "this wget does not check who answers: install curl, or ca-certificates and another wget" ;;
      esac
      return 0
    fi
    reason=${reason:-wget failed}
  else
    fail "neither curl nor wget is on this machine: install one of them"
  fi
  reason=$(printf '%s' "$reason" | tr '\n' ' ')
  return 1
}

sum_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 <"$1" | sed 's/^.*[= ]//'
  else
    fail "this machine has no sha256sum, shasum or openssl, so that the download cannot be checked: install one of them"
  fi
}

# Everything is written into one directory beside the program, so that the last step is a rename.
make_work() {
  parent=$dir
  while [ ! -d "$parent" ] && [ ! -e "$parent" ]; do
    made="$made$parent
"
    parent=$(dirname "$parent")
  done
  mkdir -p "$dir" 2>/dev/null || fail "the directory $dir cannot be made: choose another with --dir"
  work=$(mktemp -d "$dir/.asyncgate-install.XXXXXX" 2>/dev/null) ||
    fail "$dir cannot be written (a read-only folder, or a full disk): choose another with --dir"
}

# What a refusal leaves: nothing, the directories that were made for it neither.
clean() {
  if [ -n "$work" ]; then rm -rf "$work"; fi
  work=''
  printf '%s' "$made" | while IFS= read -r each; do rmdir "$each" 2>/dev/null; done
}

verify_sums() {
  if [ -z "$release_key" ]; then
    say "note: the signature was not checked, because this installer holds no release key"
    return
  fi
  if ! command -v minisign >/dev/null 2>&1; then
    say "note: the signature was not checked, because minisign is not on this machine; the sum is"
    return
  fi
  download "$from/SHA256SUMS.minisig" "$work/SHA256SUMS.minisig" ||
    fail "the signature of the sums cannot be fetched ($reason), and without it nothing proves who made them"
  minisign -Vq -P "$release_key" -m "$work/SHA256SUMS" >/dev/null 2>&1 ||
    fail "the signature of SHA256SUMS is wrong: it was not made with the release key. Do not use these files"
}

# is_older A B: whether version A comes before version B. A version with a suffix, as 1.2.3-beta.1, comes before the one without.
is_older() {
  awk -v a="$1" -v b="$2" 'BEGIN {
    at = index(a, "-"); aEnd = at ? substr(a, at) : "~"; if (at) a = substr(a, 1, at - 1)
    at = index(b, "-"); bEnd = at ? substr(b, at) : "~"; if (at) b = substr(b, 1, at - 1)
    split(a, x, "."); split(b, y, ".")
    for (i = 1; i <= 3; i++) if (x[i] + 0 != y[i] + 0) exit !(x[i] + 0 < y[i] + 0)
    exit !(aEnd < bEnd)
  }'
}

fetch_program() {
  if [ -n "$version" ]; then from=$base_url/download/v$version; else from=$base_url/latest/download; fi
  download "$from/SHA256SUMS" "$work/SHA256SUMS" || fail "$from/SHA256SUMS cannot be fetched: $reason"
  verify_sums
  line=$(grep -E "^[0-9a-f]{64} [ *]asyncgate(-[0-9][0-9A-Za-z.-]*)?-$target\.tar\.gz\$" "$work/SHA256SUMS" | head -n 1)
  [ -n "$line" ] || fail "$from/SHA256SUMS names no archive for $target"
  archive=${line#* ?}
  download "$from/$archive" "$work/$archive" || fail "$from/$archive cannot be fetched whole: $reason"
  found=$(sum_of "$work/$archive") || exit 1
  [ "$found" = "${line%% *}" ] ||
    fail "$archive has the wrong sum: it should be ${line%% *} and is $found. The download is damaged, or not what was published"
  mkdir "$work/unpacked" || fail "$dir cannot be written"
  tar -xzf "$work/$archive" -C "$work/unpacked" 2>"$work/tar.txt" ||
    fail "$archive cannot be unpacked in $dir: $(tail -n 1 "$work/tar.txt" 2>/dev/null)"
  for program in "$work/unpacked/asyncgate" "$work"/unpacked/*/asyncgate; do
    [ -f "$program" ] && return
  done
  fail "$archive holds no asyncgate"
}

install_program() {
  new=$("$program" --version 2>"$work/run.txt") ||
    fail "the program for $target does not run on this machine: $(head -n 1 "$work/run.txt" 2>/dev/null)"
  if [ -n "$version" ] && [ "$new" != "$version" ]; then fail "$archive holds version $new and not $version"; fi
  [ ! -d "$dir/asyncgate" ] || fail "$dir/asyncgate is a directory: remove it, or choose another with --dir"
  old=''
  if [ -x "$dir/asyncgate" ]; then old=$("$dir/asyncgate" --version 2>/dev/null) || old=''; fi
  if [ -z "$version" ] && [ -n "$old" ] && is_older "$new" "$old"; then
    fail "$dir/asyncgate is $old, and $new is older: sh install.sh --version $new installs it all the same"
  fi
  chmod 755 "$program"
  mv -f "$program" "$dir/asyncgate" || fail "$dir/asyncgate cannot be written"
  made=''
}

tell() {
  say "asyncgate $new is installed as $dir/asyncgate${old:+, in place of $old}."
  if [ -n "$old" ]; then say "A gateway that runs goes on with $old until it is started again."; fi
  case :$PATH: in
    *:"$dir":*)
      first=$(command -v asyncgate 2>/dev/null)
      if [ "$first" != "$dir/asyncgate" ]; then say "note: asyncgate is another program on your PATH: $first"; fi
      say "Start it with: asyncgate"
      ;;
    *)
      say "$dir is not on your PATH. Add it, for good in the profile of your shell:"
      case ${SHELL:-} in
        */fish) say "  fish_add_path $dir" ;;
        *) say "  export PATH=\"$dir:\$PATH\"" ;;
      esac
      say "Start it with: $dir/asyncgate"
      ;;
  esac
}

main() {
  read_arguments "$@"
  find_target
  umask 022
  trap clean EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  make_work
  fetch_program
  install_program
  tell
}

# Last, and in braces: a script that arrives in part does nothing, not even without its arguments.
{ main "$@"; }
