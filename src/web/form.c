#include "web/form.h"

static int
take_pair(struct form *f, struct arena *a, struct str pair)
{
	struct str name = str_cut(&pair, '=');
	int err;

	if (f->n == FORM_FIELDS)
		return SEK_ELIMIT;
	err = percent_decode(&f->fields[f->n].name, a, name, true);
	if (err == 0)
		err = percent_decode(&f->fields[f->n].value, a, pair, true);
	if (err == 0)
		f->n++;
	return err;
}

int
form_parse(struct form *out, struct arena *a, struct str text)
{
	int err = 0;

	out->n = 0;
	if (text.n > FORM_OCTETS)
		return SEK_ELIMIT;
	while (err == 0 && text.n > 0) {
		struct str pair = str_cut(&text, '&');

		if (pair.n > 0)
			err = take_pair(out, a, pair);
	}
	return err;
}

struct str
form_find(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->fields[i].name, str_of(name)))
			return f->fields[i].value;
	return (struct str){ 0 };
}
