#include "tool/html_put.h"

#include <stddef.h>

void
html_put(FILE *out, const char *text)
{
	static const struct { char c; const char *as; } marks[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};

	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (i < sizeof(marks) / sizeof(marks[0]) && marks[i].c != *text)
			i++;
		if (i < sizeof(marks) / sizeof(marks[0]))
			fputs(marks[i].as, out);
		else
			fputc(*text, out);
	}
}

void
html_put_element(FILE *out, const char *name, const char *attributes, const char *text)
{
	fprintf(out, "<%s%s%s>", name, attributes[0] != '\0' ? " " : "", attributes);
	html_put(out, text);
	fprintf(out, "</%s>\n", name);
}
