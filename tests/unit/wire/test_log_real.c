/* Lines that real servers wrote, each with the event that it is: NAME.log
 * beside NAME.events, line by line.  real/README says how they came about.
 *
 *	test_wire_log_real DIR		compares
 *	test_wire_log_real print FILE	writes what FILE.events would be */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_text.h"
#include "wire/log_loss.h"
#include "wire/log_postfix.h"
#include "wire/syslog.h"

enum { LINE = 4096 };

static void
line_event(char out[EVENT_TEXT], const char *text)
{
	static char room[SYSLOG_LINE_MAX];
	struct str s = { text, strcspn(text, "\n") };
	struct syslog_line line;
	struct mail_event e;

	if (syslog_read(&line, s, room, sizeof(room)) != 0)
		snprintf(out, EVENT_TEXT, "no line");
	else if (log_loss_read(&e, &line) != 0 && log_postfix_read(&e, &line) != 0)
		snprintf(out, EVENT_TEXT, "other");
	else
		event_text(out, &e);
}

static int
print(const char *path)
{
	char text[LINE], event[EVENT_TEXT];
	FILE *f = fopen(path, "r");

	while (f != NULL && fgets(text, sizeof(text), f) != NULL) {
		line_event(event, text);
		puts(event);
	}
	return f == NULL || fclose(f) != 0;
}

/* Returns the number of lines, or -1 after saying which one differs. */
static int
compare(const char *dir, const char *name)
{
	char path[512], text[LINE], want[EVENT_TEXT + 2], got[EVENT_TEXT];
	FILE *log, *events;
	int n = 0;

	snprintf(path, sizeof(path), "%s/%s.log", dir, name);
	log = fopen(path, "r");
	snprintf(path, sizeof(path), "%s/%s.events", dir, name);
	events = fopen(path, "r");
	if (log == NULL || events == NULL)
		return -1;
	while (fgets(text, sizeof(text), log) != NULL) {
		n++;
		line_event(got, text);
		if (fgets(want, sizeof(want), events) == NULL || strncmp(want, got, strcspn(want, "\n")) != 0 ||
		    strlen(got) != strcspn(want, "\n")) {
			printf("# %s:%d: %s# want %s# got %s\n", name, n, text, want, got);
			n = -1;
			break;
		}
	}
	if (n >= 0 && fgets(want, sizeof(want), events) != NULL)
		n = -1;
	fclose(log);
	fclose(events);
	return n;
}

int
main(int argc, char **argv)
{
	struct dirent *d;
	DIR *dir;
	int n = 0, failed = 0;

	if (argc == 3)
		return print(argv[2]);
	dir = argc == 2 ? opendir(argv[1]) : NULL;
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		char name[256], *dot;

		snprintf(name, sizeof(name), "%s", d->d_name);
		dot = strrchr(name, '.');
		if (dot == NULL || strcmp(dot, ".log") != 0)
			continue;
		*dot = '\0';
		if (compare(argv[1], name) > 0) {
			printf("ok %d - %s\n", ++n, name);
		} else {
			printf("not ok %d - %s\n", ++n, name);
			failed++;
		}
	}
	if (dir != NULL)
		closedir(dir);
	printf("1..%d\n", n);
	return failed > 0 || n == 0;
}
