#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/sandbox_filter.h"

/* Landlock's constants of our own: Debian 12's kernel headers end at ABI 2,
 * kernels in use do not.  Numbers are the same on every architecture.  Source:
 * Linux, userspace-api/landlock. */
enum {
	NR_LANDLOCK_CREATE = 444,
	NR_LANDLOCK_ADD = 445,
	NR_LANDLOCK_RESTRICT = 446,
	LANDLOCK_VERSION = 1,	/* flag of CREATE */
	RULE_PATH = 1,
	RULE_PORT = 2,

	FS_EXECUTE = 1 << 0, FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3, FS_REMOVE_DIR = 1 << 4, FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7, FS_MAKE_REG = 1 << 8, FS_MAKE_SOCK = 1 << 9,
	FS_ABI1 = (1 << 13) - 1,
	FS_ABI2 = (1 << 14) - 1,	/* and renaming between directories */
	FS_ABI3 = (1 << 15) - 1,	/* and truncating */
	FS_TRUNCATE = 1 << 14,
	FS_ABI5 = (1 << 16) - 1,	/* and device ioctls */
	FS_BELOW = FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR | FS_REMOVE_DIR |
	    FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK |
	    FS_TRUNCATE,
	FS_LOOK = FS_READ_FILE | FS_READ_DIR,

	NET_BIND_TCP = 1, NET_CONNECT_TCP = 2,	/* from ABI 4 */
	SCOPE_ALL = 3,		/* abstract sockets, signals; from ABI 6 */
};

struct landlock_ruleset {
	uint64_t	fs, net, scoped;
};

struct landlock_path {
	uint64_t	allowed;
	int32_t		fd;
} __attribute__((packed));

struct landlock_port {
	uint64_t	allowed, port;
};

/* By ABI: which file rights it knows, and how much of the struct. */
static const struct { uint64_t fs; size_t size; } abis[] = {
	[1] = { FS_ABI1, 8 }, [2] = { FS_ABI2, 8 }, [3] = { FS_ABI3, 8 },
	[4] = { FS_ABI3, 16 }, [5] = { FS_ABI5, 16 }, [6] = { FS_ABI5, 24 },
};
enum { ABI_MAX = sizeof(abis) / sizeof(abis[0]) - 1, DIRS_MAX = 8 };

/* What has to be opened or looked up before the root goes. */
struct plan {
	bool	as_root;
	bool	has_user;
	uid_t	uid;
	gid_t	gid;
	int	dirs[DIRS_MAX];
	size_t	n_dirs;
};

static int
find_user(struct plan *p, const char *user)
{
	struct passwd *pw;

	if (!p->as_root || user == NULL || *user == '\0')
		return 0;
	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL) {
		errno = errno == 0 ? ENOENT : errno;
		return SEK_ESYS;
	}
	p->has_user = true;
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	return 0;
}

static int
open_dirs(struct plan *p, const struct sandbox *s)
{
	if ((s->may & MAY_FILES) == 0 || s->dirs == NULL)
		return 0;
	for (size_t i = 0; s->dirs[i] != NULL; i++) {
		int fd;

		if (p->n_dirs == DIRS_MAX) {
			errno = EMFILE;
			return SEK_ESYS;
		}
		fd = open(s->dirs[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return SEK_ESYS;
		p->dirs[p->n_dirs++] = fd;
	}
	return 0;
}

static void
close_dirs(struct plan *p)
{
	int kept = errno;

	while (p->n_dirs > 0)
		close(p->dirs[--p->n_dirs]);
	errno = kept;
}

/* Makes the root a directory that is empty and already removed: nothing can
 * ever be made in it. */
static int
empty_root(void)
{
	static const char *const parents[] = { "/run", "/tmp", "/var/tmp" };
	char path[64];
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < 3; i++) {
		snprintf(path, sizeof(path), "%s/sekimori.XXXXXX", parents[i]);
		if (mkdtemp(path) == NULL)
			continue;
		fd = open(path, O_DIRECTORY | O_CLOEXEC | O_RDONLY);
		if (rmdir(path) != 0 && fd >= 0) {
			close(fd);
			return SEK_ESYS;
		}
	}
	if (fd < 0)
		return SEK_ESYS;
	if (fchdir(fd) != 0 || chroot(".") != 0) {
		close(fd);
		return SEK_ESYS;
	}
	close(fd);
	return 0;
}

/* Another user is no longer told of its parent's death (prctl(2),
 * PR_SET_PDEATHSIG): what the caller had asked for is asked for again. */
static int
drop_user(const struct plan *p)
{
	int at_death = 0;

	if (prctl(PR_GET_PDEATHSIG, &at_death) != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(p->gid, p->gid, p->gid) != 0 ||
	    setresuid(p->uid, p->uid, p->uid) != 0 ||
	    (at_death != 0 && prctl(PR_SET_PDEATHSIG, at_death) != 0))
		return SEK_ESYS;
	if (p->uid != 0 && setuid(0) == 0) {	/* must not come back */
		errno = EPERM;
		return SEK_ESYS;
	}
	return 0;
}

/* Also where root stays root (no user configured): without capabilities it
 * owns files and nothing more. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	return syscall(SYS_capset, &head, none) == 0 ? 0 : SEK_ESYS;
}

static int
landlock_rules(int set, const struct plan *p, const struct sandbox *s,
    uint64_t fs, bool net)
{
	struct landlock_path below = { .allowed = (s->read_only ? FS_LOOK : FS_BELOW) & fs };
	struct landlock_port any = { NET_BIND_TCP, 0 };	/* the kernel's choice */

	for (size_t i = 0; i < p->n_dirs; i++) {
		below.fd = p->dirs[i];
		if (syscall(NR_LANDLOCK_ADD, set, RULE_PATH, &below, 0) != 0)
			return SEK_ESYS;
	}
	if (net && (s->may & MAY_CONNECT) != 0 &&
	    syscall(NR_LANDLOCK_ADD, set, RULE_PORT, &any, 0) != 0)
		return SEK_ESYS;
	return 0;
}

/* Returns 0 with the ABI used in *used (0: the kernel has no Landlock). */
static int
landlock(const struct plan *p, const struct sandbox *s, int *used)
{
	long abi = syscall(NR_LANDLOCK_CREATE, NULL, 0, LANDLOCK_VERSION);
	size_t row = abi > ABI_MAX ? ABI_MAX : (size_t)(abi > 0 ? abi : 0);
	struct landlock_ruleset r = { 0 };
	int rc = SEK_ESYS;
	int set;

	*used = 0;
	if (row == 0)
		return 0;
	r.fs = abis[row].fs;
	if (row >= 4)
		r.net = NET_BIND_TCP |
		    ((s->may & MAY_CONNECT) != 0 ? 0 : NET_CONNECT_TCP);
	if (row >= 6)
		r.scoped = SCOPE_ALL;
	set = (int)syscall(NR_LANDLOCK_CREATE, &r, abis[row].size, 0);
	if (set < 0)
		return SEK_ESYS;
	if (landlock_rules(set, p, s, r.fs, row >= 4) == 0 &&
	    syscall(NR_LANDLOCK_RESTRICT, set, 0) == 0) {
		*used = (int)(abi < 99 ? abi : 99);
		rc = 0;
	}
	close(set);
	return rc;
}

static int
enter(const struct plan *p, const struct sandbox *s, struct sandbox_reached *r)
{
	int rc;

	if (p->as_root && (s->may & MAY_FILES) == 0) {
		if ((rc = empty_root()) != 0)
			return rc;
		r->root = true;
	}
	if (p->has_user) {
		if ((rc = drop_user(p)) != 0)
			return rc;
		r->uid = true;
	}
	if ((rc = drop_capabilities()) != 0)
		return rc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return SEK_ESYS;
	r->no_new_privs = true;
	if ((rc = landlock(p, s, &r->landlock)) != 0)
		return rc;
	return sandbox_filter(s->may, s->strict, &r->seccomp);
}

int
sandbox_enter(const struct sandbox *s, struct sandbox_reached *reached)
{
	struct sandbox_reached r = { 0 };
	struct plan p = { .as_root = geteuid() == 0 };
	int rc;

	rc = find_user(&p, s->user);
	if (rc == 0)
		rc = open_dirs(&p, s);
	if (rc == 0)
		rc = enter(&p, s, &r);
	close_dirs(&p);
	if (rc == 0 && reached != NULL)
		*reached = r;
	return rc;
}

void
sandbox_text(char *out, size_t cap, const struct sandbox_reached *r)
{
	char landlocked[16];

	snprintf(landlocked, sizeof(landlocked), ",landlock%d", r->landlock);
	snprintf(out, cap, "%s%s%s%s%s", r->uid ? ",uid" : "",
	    r->root ? ",root" : "", r->no_new_privs ? ",nnp" : "",
	    r->landlock > 0 ? landlocked : "", r->seccomp ? ",seccomp" : "");
	if (cap > 1 && out[0] == ',')
		memmove(out, out + 1, strlen(out));
	else
		snprintf(out, cap, "none");
}
