/* tests/account/clock.c -- a server of the laboratory lives on another day: a
 * library for /etc/ld.so.preload of its root.
 *
 * The file PATH holds how many seconds the server is ahead, and since when;
 * whoever plays appends a step, and for every process it is later at once. So
 * a log of three days is written in a minute, by programs that lived through
 * three days. The monotonic clock, sleeps and alarms go on as they are.
 *
 * dovecot is left out: it notices, and says so in the log. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#define PATH "/run/account-clock"

/* world.py writes it: the row first, then the number of rows. */
struct steps {
	int64_t n;
	struct step {
		int64_t from_s;		/* by the kernel's clock */
		int64_t ahead_s;
	} rows[4000];
};

static const volatile struct steps *shared;

__attribute__((constructor)) static void
begin(void)
{
	char exe[256];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	void *map;
	int fd;

	exe[n > 0 ? n : 0] = '\0';
	if (strstr(exe, "dovecot"))
		return;
	fd = open(PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	map = mmap(NULL, sizeof(*shared), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		shared = map;
}

/* How far ahead the server was at a moment of the kernel's clock. */
static time_t
ahead_at(time_t real_s)
{
	int64_t i = shared ? shared->n : 0;

	while (i > 1 && shared->rows[i - 1].from_s > real_s)
		i--;
	return i > 0 ? (time_t)shared->rows[i - 1].ahead_s : 0;
}

static time_t
ahead(void)
{
	return shared && shared->n > 0 ?
	    (time_t)shared->rows[shared->n - 1].ahead_s : 0;
}

/* Every function of that name in the libraries behind this one. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int done = (int)syscall(SYS_clock_gettime, id, ts);

	if (done == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += ahead();
	return done;
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

/* Deadlines on the wall clock go to the kernel, which has another one. */

static struct timespec
earlier(const struct timespec *ts)
{
	struct timespec real = *ts;

	real.tv_sec -= ahead();
	return real;
}

int
pthread_cond_timedwait(pthread_cond_t *restrict cond,
    pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
	struct timespec real = earlier(until);

	return REAL(pthread_cond_timedwait)(cond, mutex, &real);
}

int
sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
	struct timespec real = earlier(until);

	return REAL(sem_timedwait)(sem, &real);
}

/* Times of files. What the kernel noted is moved by as much as the server was
 * ahead then. What a program has set (Postfix: when a message is due) must
 * stand while the clock steps over it: it is kept as it is, and known by odd
 * nanoseconds, which nobody asks for. */
enum { AS_SET_NS = 987654321 };

static void
told(struct timespec *ts)
{
	if (ts->tv_nsec == AS_SET_NS)
		ts->tv_nsec = 0;
	else
		ts->tv_sec += ahead_at(ts->tv_sec);
}

static int
later(int done, struct stat *st)
{
	if (done == 0) {
		told(&st->st_atim);
		told(&st->st_mtim);
		told(&st->st_ctim);
	}
	return done;
}

int
stat(const char *restrict path, struct stat *restrict st)
{
	return later(REAL(stat)(path, st), st);
}

int
lstat(const char *restrict path, struct stat *restrict st)
{
	return later(REAL(lstat)(path, st), st);
}

int
fstat(int fd, struct stat *st)
{
	return later(REAL(fstat)(fd, st), st);
}

int
fstatat(int fd, const char *restrict path, struct stat *restrict st, int flags)
{
	return later(REAL(fstatat)(fd, path, st, flags), st);
}

/* The same functions for programs built with 64-bit file offsets. */

int
stat64(const char *restrict path, struct stat64 *restrict st)
{
	return stat(path, (struct stat *)st);
}

int
lstat64(const char *restrict path, struct stat64 *restrict st)
{
	return lstat(path, (struct stat *)st);
}

int
fstat64(int fd, struct stat64 *st)
{
	return fstat(fd, (struct stat *)st);
}

int
fstatat64(int fd, const char *restrict path, struct stat64 *restrict st,
    int flags)
{
	return fstatat(fd, path, (struct stat *)st, flags);
}

static void
set(struct timespec *ts)
{
	if (ts->tv_nsec != UTIME_NOW && ts->tv_nsec != UTIME_OMIT)
		ts->tv_nsec = AS_SET_NS;
}

int
utimensat(int fd, const char *path, const struct timespec times[2], int flags)
{
	struct timespec real[2];

	if (!times)
		return REAL(utimensat)(fd, path, NULL, flags);
	memcpy(real, times, sizeof(real));
	set(&real[0]);
	set(&real[1]);
	return REAL(utimensat)(fd, path, real, flags);
}

int
futimens(int fd, const struct timespec times[2])
{
	struct timespec real[2];

	if (!times)
		return REAL(futimens)(fd, NULL);
	memcpy(real, times, sizeof(real));
	set(&real[0]);
	set(&real[1]);
	return REAL(futimens)(fd, real);
}

int
utimes(const char *path, const struct timeval times[2])
{
	struct timespec ts[2];

	if (!times)
		return utimensat(AT_FDCWD, path, NULL, 0);
	for (int i = 0; i < 2; i++) {
		ts[i].tv_sec = times[i].tv_sec;
		ts[i].tv_nsec = times[i].tv_usec * 1000;
	}
	return utimensat(AT_FDCWD, path, ts, 0);
}

int
utime(const char *path, const struct utimbuf *times)
{
	struct timespec ts[2];

	if (!times)
		return utimensat(AT_FDCWD, path, NULL, 0);
	ts[0] = (struct timespec){ .tv_sec = times->actime };
	ts[1] = (struct timespec){ .tv_sec = times->modtime };
	return utimensat(AT_FDCWD, path, ts, 0);
}
