/* Months as strftime(3) "%b" writes them, for journalctl(1) prints its stamps
 * in the reader's language: forensics.md 4.19.  From glibc's locales. */
#include "wire/syslog_body.h"

static const struct {
	struct str name;
	int month;
} months[] = {
	/* English is read elsewhere, and so are those spelt as in English */
	{ STR("M\xc3\xa4r"), 3 }, { STR("M\xc3\xa4rz"), 3 }, { STR("Mai"), 5 }, { STR("Okt"), 10 }, { STR("Dez"), 12 },
	{ STR("J\xc3\xa4n"), 1 },
	{ STR("janv."), 1 }, { STR("f\xc3\xa9vr."), 2 }, { STR("mars"), 3 }, { STR("avril"), 4 }, { STR("mai"), 5 },
	{ STR("juin"), 6 }, { STR("juil."), 7 }, { STR("ao\xc3\xbbt"), 8 }, { STR("sept."), 9 }, { STR("oct."), 10 },
	{ STR("nov."), 11 }, { STR("d\xc3\xa9" "c."), 12 },
	{ STR("jan"), 1 }, { STR("feb"), 2 }, { STR("mar"), 3 }, { STR("apr"), 4 }, { STR("maj"), 5 }, { STR("jun"), 6 },
	{ STR("jul"), 7 }, { STR("aug"), 8 }, { STR("sep"), 9 }, { STR("okt"), 10 }, { STR("nov"), 11 }, { STR("dec"), 12 },
	{ STR("mrt"), 3 }, { STR("mei"), 5 },
	{ STR("ene"), 1 }, { STR("abr"), 4 }, { STR("may"), 5 }, { STR("ago"), 8 }, { STR("oct"), 10 }, { STR("dic"), 12 },
	{ STR("gen"), 1 }, { STR("mag"), 5 }, { STR("giu"), 6 }, { STR("lug"), 7 }, { STR("set"), 9 }, { STR("ott"), 10 },
	{ STR("fev"), 2 }, { STR("out"), 10 }, { STR("dez"), 12 },
	{ STR("sty"), 1 }, { STR("lut"), 2 }, { STR("kwi"), 4 }, { STR("cze"), 6 }, { STR("lip"), 7 }, { STR("sie"), 8 },
	{ STR("wrz"), 9 }, { STR("pa\xc5\xba"), 10 }, { STR("lis"), 11 }, { STR("gru"), 12 },
	{ STR("\xd1\x8f\xd0\xbd\xd0\xb2"), 1 }, { STR("\xd1\x84\xd0\xb5\xd0\xb2"), 2 },
	{ STR("\xd0\xbc\xd0\xb0\xd1\x80"), 3 }, { STR("\xd0\xb0\xd0\xbf\xd1\x80"), 4 },
	{ STR("\xd0\xbc\xd0\xb0\xd1\x8f"), 5 }, { STR("\xd0\xb8\xd1\x8e\xd0\xbd"), 6 },
	{ STR("\xd0\xb8\xd1\x8e\xd0\xbb"), 7 }, { STR("\xd0\xb0\xd0\xb2\xd0\xb3"), 8 },
	{ STR("\xd1\x81\xd0\xb5\xd0\xbd"), 9 }, { STR("\xd0\xbe\xd0\xba\xd1\x82"), 10 },
	{ STR("\xd0\xbd\xd0\xbe\xd1\x8f"), 11 }, { STR("\xd0\xb4\xd0\xb5\xd0\xba"), 12 },
};

/* "1", "12" before the sign of Japanese and Chinese, or of Korean. */
static int
month_counted(struct str word)
{
	struct str number = { word.p, word.n > 3 ? word.n - 3 : 0 };
	struct str sign = { word.p + number.n, word.n - number.n };
	uint64_t v;

	if (!str_eq(sign, STR("\xe6\x9c\x88")) && !str_eq(sign, STR("\xec\x9b\x94")))
		return -1;
	return str_u64(&v, number, 12) == 0 && v > 0 ? (int)v : -1;
}

int
syslog_month(struct str word)
{
	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++)
		if (str_eq(word, months[i].name))
			return months[i].month;
	return month_counted(word);
}
