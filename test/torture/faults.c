// Stands between a process and its C library (LD_PRELOAD), lets its disk fail and its wall clock jump while it runs:
// what it does is read from a file in shared memory, so that whoever started the process can change it at any moment.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The same layout stands in shim.ts.
struct control {
  // What such a call on a file of the directory fails with; 0: it does what it always does.
  volatile int32_t sync_error;
  volatile int32_t write_error;
  volatile int32_t truncate_error;
  int32_t unused;
  // How far the wall clock is from the true one.
  volatile int64_t clock_ms;
  // Syncs of files of the directory that came by, and calls that were made to fail.
  volatile int64_t syncs;
  volatile int64_t failed;
};

static struct control *control;
static char directory[PATH_MAX];
// Where a copy of the directory is made before each change of it: what a kill at that moment leaves. NULL: nowhere.
static const char *copies;
static int copy_count;
static size_t directory_length;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("FAULTS_CONTROL");
  const char *name = getenv("FAULTS_DIRECTORY");
  if (!path || !name || !realpath(name, directory)) return;
  directory_length = strlen(directory);
  copies = getenv("FAULTS_COPIES");
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *shared = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared != MAP_FAILED) control = shared;
}

// By a process of its own: one that closes a file here would end the locks on it.
static void before_change(void) {
  if (!copies) return;
  char target[PATH_MAX];
  snprintf(target, sizeof target, "%s/%d", copies, copy_count++);
  char *const command[] = {"cp", "-r", directory, target, NULL};
  char *const environment[] = {NULL};
  pid_t child;
  if (posix_spawn(&child, "/bin/cp", NULL, NULL, command, environment) == 0) waitpid(child, NULL, 0);
}

static int is_path_inside(const char *path) {
  return control && strncmp(path, directory, directory_length) == 0 && path[directory_length] == '/';
}

static int is_inside(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  return length > (ssize_t)directory_length && memcmp(path, directory, directory_length) == 0 &&
         path[directory_length] == '/';
}

// Whether a call on `fd` is to fail with `error`; errno then says so.
static int fails(int fd, int32_t error) {
  if ((error == 0 && !copies) || !is_inside(fd)) return 0;
  before_change();
  if (error == 0) return 0;
  __atomic_add_fetch(&control->failed, 1, __ATOMIC_RELAXED);
  errno = error;
  return 1;
}

#define REAL(name) ((__typeof__(name) *)real(&name##_real, #name))

static void *real(void **place, const char *name) {
  if (!*place) *place = dlsym(RTLD_NEXT, name);
  return *place;
}

static void *fsync_real, *fdatasync_real, *write_real, *pwrite_real, *pwrite64_real, *ftruncate_real, *ftruncate64_real;
static void *clock_gettime_real, *gettimeofday_real;

static int sync_fails(int fd) {
  if (!control || !is_inside(fd)) return 0;
  __atomic_add_fetch(&control->syncs, 1, __ATOMIC_RELAXED);
  return fails(fd, control->sync_error);
}

int fsync(int fd) { return sync_fails(fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return sync_fails(fd) ? -1 : REAL(fdatasync)(fd); }

ssize_t write(int fd, const void *bytes, size_t count) {
  return control && fails(fd, control->write_error) ? -1 : REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return control && fails(fd, control->write_error) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return control && fails(fd, control->write_error) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}

int ftruncate(int fd, off_t length) {
  return control && fails(fd, control->truncate_error) ? -1 : REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  return control && fails(fd, control->truncate_error) ? -1 : REAL(ftruncate64)(fd, length);
}

static void *open_real, *open64_real, *unlink_real, *rename_real;

#define OPEN(name)                                                  \
  int name(const char *path, int flags, ...) {                      \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    int mode = flags & O_CREAT ? va_arg(rest, int) : 0;             \
    va_end(rest);                                                   \
    if (flags & O_CREAT && is_path_inside(path)) before_change();   \
    return REAL(name)(path, flags, mode);                           \
  }
OPEN(open)
OPEN(open64)

int unlink(const char *path) {
  if (is_path_inside(path)) before_change();
  return REAL(unlink)(path);
}

int rename(const char *from, const char *to) {
  if (is_path_inside(from)) before_change();
  return REAL(rename)(from, to);
}

static void shift(time_t *seconds, long *fraction, long fractions_per_second, int64_t ms) {
  int64_t rest = *fraction + (ms % 1000) * (fractions_per_second / 1000);
  *seconds += ms / 1000 + (rest < 0 ? -1 : rest >= fractions_per_second ? 1 : 0);
  *fraction = (rest + fractions_per_second) % fractions_per_second;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = REAL(clock_gettime)(clock, time);
  if (result == 0 && control && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    shift(&time->tv_sec, &time->tv_nsec, 1000000000, control->clock_ms);
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  int result = REAL(gettimeofday)(time, zone);
  if (result == 0 && control) shift(&time->tv_sec, &time->tv_usec, 1000000, control->clock_ms);
  return result;
}

time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}

// A wait until a moment of the shifted clock: the kernel knows the true one only. A moment in the billions is of the wall clock.
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
  static __typeof__(pthread_cond_timedwait) *wait;
  // On x86-64 a search by name alone finds the one of 1999, which knows another pthread_cond_t.
  if (!wait) wait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (!wait) wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  struct timespec moment = *until;
  if (control && moment.tv_sec > 1000000000) shift(&moment.tv_sec, &moment.tv_nsec, 1000000000, -control->clock_ms);
  return wait(condition, mutex, &moment);
}
