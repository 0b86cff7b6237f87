// What makes a shell ask at Tab. The words of the line are handed over as they are, each as an argument of its own: nothing in them is
// evaluated. bash 3.2, which macOS has, knows no mapfile and no compopt.

export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/** The first line of each, by which a file of ours is known again. */
export const MARK = "asyncgate: completion of commands, flags and ids"

const bash = `# ${MARK}
_asyncgate() {
  local line; COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(command asyncgate __complete bash "$COMP_TYPE" "\${COMP_WORDS[@]:1:COMP_CWORD}" </dev/null 2>/dev/null)
  case \${COMPREPLY-} in :files) COMPREPLY=() ;; *=) compopt -o nospace +o default 2>/dev/null ;; *) compopt +o default 2>/dev/null ;; esac
}
complete -o default -F _asyncgate asyncgate
`

const zsh = `#compdef asyncgate
# ${MARK}
_asyncgate() {
  local line; local -a values shown
  while IFS= read -r line; do values+=("\${line%%$'\\t'*}") shown+=("\${line/$'\\t'/  -- }"); done < <(command asyncgate __complete zsh "\${(@)words[2,CURRENT-1]}" "$PREFIX" </dev/null 2>/dev/null)
  if [[ \${values[1]-} == :files ]]; then compset -P '--*='; _files; else compadd \${\${(M)values[1]:#*=}:+-S} \${\${(M)values[1]:#*=}:+''} -V jobs -l -d shown -a values; fi
}
if [[ \${funcstack[1]-} == _asyncgate ]]; then _asyncgate "$@"; else (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit -i; }; compdef _asyncgate asyncgate; fi
`

const fish = `# ${MARK}
function __asyncgate_complete
    set -l words (commandline -opc); set -e words[1]; set -l current (commandline -ct)
    set -l found (command asyncgate __complete fish $words "$current" </dev/null 2>/dev/null)
    if test "$found[1]" = :files; __fish_complete_path "$current"; else; printf '%s\\n' $found; end
end
complete -c asyncgate -f -a '(__asyncgate_complete)'
`

export const scripts: Record<Shell, string> = { bash, zsh, fish }
