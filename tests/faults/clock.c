/* The wall clock of the processes that preload this, off by as many seconds as a file says.
 *
 * CLOCK_OFFSET_FILE holds one 64-bit number, which may change at any time. Monotonic clocks are
 * left alone, as they are when somebody sets the clock of a machine.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile const int64_t *offset;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_offset(void) {
  real_clock_gettime =
      (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("CLOCK_OFFSET_FILE");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) offset = mapped;
}

int clock_gettime(clockid_t id, struct timespec *now) {
  if (!real_clock_gettime) open_offset();
  int failed = real_clock_gettime(id, now);
  if (!failed && offset && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
    now->tv_sec += *offset;
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec spec;
  if (clock_gettime(CLOCK_REALTIME, &spec)) return -1;
  now->tv_sec = spec.tv_sec;
  now->tv_usec = spec.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec spec;
  if (clock_gettime(CLOCK_REALTIME, &spec)) return -1;
  if (now) *now = spec.tv_sec;
  return spec.tv_sec;
}
