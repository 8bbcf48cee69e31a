#include "fact/mta.h"

enum { ENOUGH = 2 };	/* a guess needs that much, and more than any other */

enum where { SOFTWARE, BANNER, EHLO, ACCEPTED, REFUSED, WHERE_N };

/* A sign of more than one server has a row for each. */
static const struct {
	enum where	where;
	struct str	text;
	enum mta	mta;
	int		weight;
} signs[] = {
#define SIGN(where, text, mta, weight) \
	{ where, { text, sizeof(text) - 1 }, MTA_##mta, weight }
	SIGN(SOFTWARE, "Postfix", POSTFIX, 8),
	SIGN(SOFTWARE, "Exim ", EXIM, 8),
	SIGN(SOFTWARE, "OpenSMTPD", OPENSMTPD, 8),
	SIGN(SOFTWARE, "8.", SENDMAIL, 8),	/* "8.17.1/8.17.1", at the start */
	SIGN(BANNER, "Postfix", POSTFIX, 3),
	SIGN(BANNER, "Exim", EXIM, 3),
	SIGN(BANNER, "Sendmail", SENDMAIL, 3),
	SIGN(BANNER, "OpenSMTPD", OPENSMTPD, 3),
	SIGN(BANNER, "Courier", COURIER, 3),
	SIGN(EHLO, "XVERP=Courier", COURIER, 4),
	SIGN(EHLO, "XEXDATA", COURIER, 2),
	SIGN(EHLO, "PRDR", EXIM, 3),
	SIGN(EHLO, "PIPECONNECT", EXIM, 3),
	SIGN(EHLO, "PIPE_CONNECT", EXIM, 3),
	SIGN(EHLO, "DELIVERBY", SENDMAIL, 3),
	SIGN(EHLO, "pleased to meet you", SENDMAIL, 1),
	SIGN(EHLO, "pleased to meet you", OPENSMTPD, 1),
	SIGN(ACCEPTED, "queued as", POSTFIX, 3),
	SIGN(ACCEPTED, "OK id=", EXIM, 3),
	SIGN(ACCEPTED, "Message accepted for delivery", SENDMAIL, 1),
	SIGN(ACCEPTED, "Message accepted for delivery", OPENSMTPD, 1),
	SIGN(ACCEPTED, "250 Ok. ", COURIER, 2),
	SIGN(REFUSED, "Relay access denied", POSTFIX, 3),
	SIGN(REFUSED, "relay not permitted", EXIM, 3),
	SIGN(REFUSED, "513 Relaying denied", COURIER, 3),
	SIGN(REFUSED, "5.7.1 Relaying denied", SENDMAIL, 2),
	SIGN(REFUSED, "Relaying denied. IP name", SENDMAIL, 2),
	SIGN(REFUSED, "550 Invalid recipient", OPENSMTPD, 2),
#undef SIGN
};

static const char *const names[MTA_N] = {
	[MTA_OTHER] = "other", [MTA_POSTFIX] = "postfix", [MTA_EXIM] = "exim",
	[MTA_SENDMAIL] = "sendmail", [MTA_OPENSMTPD] = "opensmtpd",
	[MTA_COURIER] = "courier",
};

static bool
shows(enum where where, struct str text, struct str sign)
{
	return where == SOFTWARE ? str_istarts(text, sign) :
	    str_search(text, sign) >= 0;
}

enum mta
mta_guess(const struct mta_in *in)
{
	const struct str texts[WHERE_N] = {
		[SOFTWARE] = in->software, [BANNER] = in->banner,
		[EHLO] = in->ehlo, [ACCEPTED] = in->accepted,
		[REFUSED] = in->refused,
	};
	int points[MTA_N] = { 0 }, most = ENOUGH - 1;
	enum mta guess = MTA_OTHER;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (shows(signs[i].where, texts[signs[i].where], signs[i].text))
			points[signs[i].mta] += signs[i].weight;
	if (in->mapped)
		points[MTA_COURIER] += 4;
	for (enum mta m = MTA_POSTFIX; m < MTA_N; m++) {
		if (points[m] > most)
			guess = m;
		else if (points[m] == most)
			guess = MTA_OTHER;	/* two that are alike */
		if (points[m] > most)
			most = points[m];
	}
	return guess;
}

const char *
mta_name(enum mta m)
{
	return m < MTA_N ? names[m] : names[MTA_OTHER];
}
