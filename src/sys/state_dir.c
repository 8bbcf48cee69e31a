#include "sys/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_OCTETS = 512 };

static int
fail(struct state_why *why, const char *path, const char *what)
{
	int err = errno;

	why->exit = err == EACCES || err == EPERM || err == EROFS ? EXIT_NOPERM :
	    err == ENOSPC || err == EDQUOT ? EXIT_IOERR : EXIT_CANTCREAT;
	snprintf(why->text, sizeof(why->text), "%s (state.dir): %s: %s%s", path,
	    what, strerror(err), why->exit == EXIT_NOPERM ?
	    "; choose another directory with state.dir" : "");
	errno = err;
	return SEK_ESYS;
}

/* Makes what is missing above the last part. */
static int
make_above(const char *path)
{
	char part[PATH_OCTETS];

	for (const char *slash = strchr(path + 1, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		size_t n = (size_t)(slash - path);

		if (n >= sizeof(part)) {
			errno = ENAMETOOLONG;
			return SEK_ESYS;
		}
		memcpy(part, path, n);
		part[n] = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return SEK_ESYS;
	}
	return 0;
}

static int
hand_over(int fd, const char *path, uid_t uid, gid_t gid, struct state_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail(why, path, "cannot be looked at");
	if (geteuid() != 0) {
		if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
			return fail(why, path, "cannot be written");
		return 0;
	}
	if (st.st_uid == uid)
		return 0;
	if (st.st_uid != 0) {
		why->exit = EXIT_NOPERM;
		snprintf(why->text, sizeof(why->text), "%s (state.dir): belongs "
		    "to user %u, but the roles run as %u (role.user)", path,
		    (unsigned)st.st_uid, (unsigned)uid);
		return SEK_ESYS;
	}
	if (fchown(fd, uid, gid) != 0)
		return fail(why, path, "cannot be handed to role.user");
	return 0;
}

int
state_dir_make(const char *path, uid_t uid, gid_t gid, struct state_why *why)
{
	int fd, rc;

	if (make_above(path) != 0 || (mkdir(path, 0700) != 0 && errno != EEXIST))
		return fail(why, path, "cannot be made");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(why, path, errno == ELOOP || errno == ENOTDIR ?
		    "is not a directory of its own" : "cannot be opened");
	rc = hand_over(fd, path, uid, gid, why);
	close(fd);
	return rc;
}
