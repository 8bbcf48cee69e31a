#include "wire/log_exim_part.h"

#include "wire/log_cut.h"
#include "wire/mail_reply.h"

/* driver[:account[:sender]] */
static void
read_auth(struct mail_event *e, struct str v)
{
	e->auth_method = log_cut_to(&v, ':');
	e->account = log_cut_to(&v, ':');
}

/* RFC 3848 words end in a; asmtp before 4.30. */
static bool
says_login(struct str protocol)
{
	return protocol.n > 0 && (protocol.p[protocol.n - 1] == 'a' ||
	    log_cut_begins(protocol, STR("asmtp")));
}

void
log_exim_arrival_field(struct mail_event *e, const struct exim_field *f)
{
	switch (f->key.n == 1 ? f->key.p[0] : 0) {
	case 'A':
		read_auth(e, f->value);
		break;
	case 'P':
		e->service = f->value;
		break;
	case 'R':
		e->parent = f->value;
		break;
	case 'S':
		if (str_u64(&e->size, f->value, UINT64_MAX) != 0)
			e->size = 0;
		break;
	case 'U':
		e->user = f->value;
		break;
	case 'X':
		e->flags |= MAIL_TLS;
		break;
	default:
		break;
	}
}

/* "for a b c" to the end. */
static void
read_recipients(struct mail_event *e, struct str s)
{
	log_cut_blanks(&s);
	e->recipient = s;
	for (; s.n > 0; log_cut_blanks(&s)) {
		if (log_cut_mailbox(&s).n > 0)
			e->n_rcpt++;
		if (s.n > 0 && s.p[0] != ' ')
			s = log_cut_off(s, 1);
	}
}

/* Behind id= only T=, from and for: rule 2. */
static void
read_tail(struct mail_event *e, struct str s)
{
	struct exim_field f;

	while (log_exim_field(&f, &s)) {
		if (f.key.n == 0 && str_eq(f.value, STR("for"))) {
			read_recipients(e, s);
			return;
		}
		if (f.key.n == 0 && str_eq(f.value, STR("from"))) {
			log_cut_blanks(&s);
			log_cut_path(&s);
		}
	}
}

static bool
begins_tail(struct str word)
{
	return str_eq(word, STR("from")) || str_eq(word, STR("for"));
}

static void
read_arrival_fields(struct mail_event *e, struct str s)
{
	struct exim_field f;

	while (s.n > 0) {
		struct str at = s;

		log_cut_blanks(&at);
		if (log_cut_lit(&at, STR("H="))) {
			s = at;
			if (log_exim_client(e, &s))
				continue;
		}
		if (!log_exim_field(&f, &s))
			return;
		if (f.key.n >= 2 && f.key.p[0] == 'i' && f.key.p[1] == 'd') {
			e->message_id = f.value;
			read_tail(e, s);
			return;
		}
		if (str_eq(f.key, STR("T")) || (f.key.n == 0 && begins_tail(f.value))) {
			read_tail(e, at);
			return;
		}
		log_exim_arrival_field(e, &f);
	}
}

void
log_exim_arrival(struct mail_event *e, struct str s)
{
	e->kind = MAIL_ARRIVES;
	e->has_sender = true;
	e->sender = log_cut_address(&s);
	read_arrival_fields(e, s);
	if (says_login(e->service))
		e->flags |= MAIL_LOGGED_IN;
	else
		e->account.n = e->auth_method.n = 0;
	if (e->has_client)
		e->user.n = 0;	/* what the client's ident server says */
	if (e->sender.n == 0 && e->parent.n > 0)
		e->flags |= MAIL_IS_BOUNCE;
}

/* What administrators write who took the server's sample or a panel's. */
static bool
is_relay_denied(struct str reason)
{
	static const struct str begins[] = {
		{ "relay not permitted", 19 }, { "relaying", 8 }, { "relay access", 12 },
		{ "relay denied", 12 }, { "relay not allowed", 17 }, { "we do not relay", 15 },
		{ "no relaying", 11 }, { "open relay", 10 },
	};

	reason = mail_reply_text(reason);
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (str_istarts(reason, begins[i]))
			return true;
	return str_search(reason, STR("not permitted to relay")) >= 0;
}

static void
read_reason(struct mail_event *e, struct str s)
{
	e->reply = s;
	e->dsn = mail_reply_dsn(s);
	if (is_relay_denied(s))
		e->flags |= MAIL_RELAY_DENIED;
}

/* Behind "rejected ". */
static void
read_rejected(struct mail_event *e, struct str s)
{
	e->kind = MAIL_REFUSES;
	if (log_cut_lit(&s, STR("RCPT "))) {
		log_cut_lit(&s, STR("TO:"));
		e->recipient = log_cut_address(&s);
		if (str_iends(e->recipient, STR(":"))) {
			e->recipient.n--;
			log_cut_blanks(&s);
			read_reason(e, s);
			return;
		}
	} else if (log_cut_lit(&s, STR("MAIL "))) {
		e->has_sender = true;
		e->sender = log_cut_path(&s);
	} else if (log_cut_begins(s, STR("after DATA")) || log_cut_begins(s, STR("during MIME")) ||
	    log_cut_begins(s, STR("by local_scan")) || log_cut_begins(s, STR("by non-SMTP ACL"))) {
		e->flags |= MAIL_BY_FILTER;
	} else if (log_cut_begins(s, STR("from <"))) {
		log_cut_lit(&s, STR("from "));
		e->has_sender = true;
		e->sender = log_cut_path(&s);
		if (log_cut_lit(&s, STR(" H=")) || log_cut_lit(&s, STR("H=")))
			log_exim_client(e, &s);
	}
	log_cut_behind_colon(&s);
	read_reason(e, s);
}

static void
talk_field(struct mail_event *e, const struct exim_field *f)
{
	if (str_eq(f->key, STR("F"))) {
		e->has_sender = true;
		e->sender = f->value;
	} else {
		log_exim_arrival_field(e, f);
	}
}

/* The word behind the fields: what happened. */
static void
read_what(struct mail_event *e, struct str word, struct str s)
{
	log_cut_blanks(&s);
	if (str_eq(word, STR("rejected"))) {
		read_rejected(e, s);
	} else if (str_eq(word, STR("RCPT"))) {	/* discarded by RCPT ACL */
		e->recipient = log_cut_path(&s);
	} else if (!str_eq(word, STR("dropped"))) {
		return;
	}
	if (e->kind == MAIL_REFUSES)
		return;
	e->kind = MAIL_REFUSES;
	e->flags |= MAIL_BY_FILTER;
	log_cut_behind_colon(&s);
	read_reason(e, s);
}

/* smtp_handle_acl_fail(), local_scan(): who, fields, "rejected" what: why.
 * Warnings and verifications that failed come beside it and count nothing. */
void
log_exim_talk(struct mail_event *e, struct str s)
{
	struct exim_field f;

	log_cut_lit(&s, STR("DS "));
	for (;;) {
		struct str at = s;

		log_cut_blanks(&at);
		if (log_cut_lit(&at, STR("H=")) && log_exim_client(e, &at)) {
			s = at;
			continue;
		}
		if (!log_exim_field(&f, &s))
			break;
		if (f.key.n > 0)
			talk_field(e, &f);
		else if (!str_eq(f.value, STR("temporarily")) &&
		    !log_exim_is_key(f.value)) {
			read_what(e, f.value, s);
			break;
		}
	}
	if (e->has_client)
		e->user.n = 0;
}

/* "account)" or "account): why"; the last bracket is the server's. */
static struct str
cut_account(struct str s)
{
	struct str v = s;

	while (v.n > 0 && v.p[v.n - 1] != ')')
		v.n--;
	return v.n > 0 ? (struct str){ v.p, v.n - 1 } : s;
}

/* driver authenticator failed for H: 535 Incorrect authentication data
 * (set_id=account) */
bool
log_exim_login_failed(struct mail_event *e, struct str s)
{
	struct exim_field f;

	e->auth_method = log_cut_word(&s);
	if (!log_cut_lit(&s, STR(" authenticator failed for "))) {
		e->auth_method.n = 0;
		return false;
	}
	e->kind = MAIL_LOGIN_FAILS;
	log_cut_lit(&s, STR("H="));
	log_exim_client(e, &s);
	while (s.n > 0 && !log_cut_lit(&s, STR(": "))) {
		if (!log_exim_field(&f, &s))
			return true;
		if (str_iends(f.value, STR(":")) && log_cut_lit(&s, STR(" ")))
			break;
	}
	e->reply = s;
	if (log_cut_lit(&s, STR("535 Incorrect authentication data (set_id=")) ||
	    log_cut_lit(&s, STR("435 Unable to authenticate at present (set_id=")))
		e->account = cut_account(s);
	return true;
}
