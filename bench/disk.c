// Stands between a process and its C library (LD_PRELOAD) and makes its disk slower: each fsync and fdatasync takes so much longer,
// and is counted where its starter can read it. A fast disk then shows what the same program is on a slow one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *count;
static struct timespec delay;

__attribute__((constructor)) static void start(void) {
  const char *us = getenv("DISK_DELAY_US");
  const char *path = getenv("DISK_COUNT");
  long delay_us = us ? atol(us) : 0;
  delay.tv_sec = delay_us / 1000000;
  delay.tv_nsec = delay_us % 1000000 * 1000;
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared != MAP_FAILED) count = shared;
}

static int slow(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (count) __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
  if (delay.tv_sec || delay.tv_nsec) clock_nanosleep(CLOCK_MONOTONIC, 0, &delay, NULL);
  return real(fd);
}

int fsync(int fd) { return slow("fsync", fd); }

int fdatasync(int fd) { return slow("fdatasync", fd); }
