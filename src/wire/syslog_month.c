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
	{ STR("led"), 1 }, { STR("\xc3\xbano"), 2 }, { STR("b\xc5\x99" "e"), 3 },
	{ STR("dub"), 4 }, { STR("kv\xc4\x9b"), 5 }, { STR("\xc4\x8d" "en"), 6 },
	{ STR("\xc4\x8d" "ec"), 7 }, { STR("srp"), 8 }, { STR("z\xc3\xa1\xc5\x99"), 9 },
	{ STR("\xc5\x99\xc3\xadj"), 10 }, { STR("pro"), 12 },
	{ STR("m\xc3\xa1j"), 5 }, { STR("j\xc3\xban"), 6 }, { STR("j\xc3\xbal"), 7 },
	{ STR("Oca"), 1 }, { STR("\xc5\x9eub"), 2 }, { STR("Nis"), 4 }, { STR("Haz"), 6 },
	{ STR("Tem"), 7 }, { STR("A\xc4\x9fu"), 8 }, { STR("Eyl"), 9 }, { STR("Eki"), 10 },
	{ STR("Kas"), 11 }, { STR("Ara"), 12 },
	{ STR("tammi"), 1 }, { STR("helmi"), 2 }, { STR("maalis"), 3 }, { STR("huhti"), 4 },
	{ STR("touko"), 5 }, { STR("kes\xc3\xa4"), 6 }, { STR("hein\xc3\xa4"), 7 },
	{ STR("elo"), 8 }, { STR("syys"), 9 }, { STR("loka"), 10 }, { STR("marras"), 11 },
	{ STR("joulu"), 12 },
	{ STR("febr"), 2 }, { STR("m\xc3\xa1rc"), 3 }, { STR("\xc3\xa1pr"), 4 },
	{ STR("szept"), 9 },
	{ STR("jan."), 1 }, { STR("feb."), 2 }, { STR("april"), 4 }, { STR("juni"), 6 },
	{ STR("juli"), 7 }, { STR("aug."), 8 }, { STR("sep."), 9 }, { STR("okt."), 10 },
	{ STR("des."), 12 },
	{ STR("ian"), 1 }, { STR("iun"), 6 }, { STR("iul"), 7 }, { STR("noi"), 11 },
	{ STR("saus."), 1 }, { STR("vas."), 2 }, { STR("kov."), 3 }, { STR("bal."), 4 },
	{ STR("geg."), 5 }, { STR("bir\xc5\xbe."), 6 }, { STR("liep."), 7 }, { STR("rugp."), 8 },
	{ STR("rugs."), 9 }, { STR("spal."), 10 }, { STR("lapkr."), 11 }, { STR("gruod."), 12 },
	{ STR("j\xc5\xabn"), 6 }, { STR("j\xc5\xabl"), 7 },
	{ STR("Mei"), 5 }, { STR("Agu"), 8 }, { STR("Des"), 12 },
	{ STR("\xce\x99\xce\xb1\xce\xbd"), 1 }, { STR("\xce\xa6\xce\xb5\xce\xb2"), 2 },
	{ STR("\xce\x9c\xce\xb1\xcf\x81"), 3 }, { STR("\xce\x91\xcf\x80\xcf\x81"), 4 },
	{ STR("\xce\x9c\xce\xb1\xce\x90"), 5 }, { STR("\xce\x99\xce\xbf\xcf\x85\xce\xbd"), 6 },
	{ STR("\xce\x99\xce\xbf\xcf\x85\xce\xbb"), 7 }, { STR("\xce\x91\xcf\x85\xce\xb3"), 8 },
	{ STR("\xce\xa3\xce\xb5\xcf\x80"), 9 }, { STR("\xce\x9f\xce\xba\xcf\x84"), 10 },
	{ STR("\xce\x9d\xce\xbf\xce\xb5"), 11 }, { STR("\xce\x94\xce\xb5\xce\xba"), 12 },
	{ STR("\xd1\x8f\xd0\xbd\xd1\x83"), 1 }, { STR("\xd0\xbc\xd0\xb0\xd0\xb9"), 5 },
	{ STR("\xd1\x8e\xd0\xbd\xd0\xb8"), 6 }, { STR("\xd1\x8e\xd0\xbb\xd0\xb8"), 7 },
	{ STR("\xd0\xbd\xd0\xbe\xd0\xb5"), 11 },
	{ STR("\xd1\x81\xd1\x96\xd1\x87"), 1 }, { STR("\xd0\xbb\xd1\x8e\xd1\x82"), 2 },
	{ STR("\xd0\xb1\xd0\xb5\xd1\x80"), 3 }, { STR("\xd0\xba\xd0\xb2\xd1\x96"), 4 },
	{ STR("\xd1\x82\xd1\x80\xd0\xb0"), 5 }, { STR("\xd1\x87\xd0\xb5\xd1\x80"), 6 },
	{ STR("\xd0\xbb\xd0\xb8\xd0\xbf"), 7 }, { STR("\xd1\x81\xd0\xb5\xd1\x80"), 8 },
	{ STR("\xd0\xb2\xd0\xb5\xd1\x80"), 9 }, { STR("\xd0\xb6\xd0\xbe\xd0\xb2"), 10 },
	{ STR("\xd0\xbb\xd0\xb8\xd1\x81"), 11 }, { STR("\xd0\xb3\xd1\x80\xd1\x83"), 12 },
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
