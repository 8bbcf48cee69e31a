#pragma once
/* tool/judge_mail.h -- the checks of the checklist that are about mail: who we
 * are for others, and whether mail for us arrives.
 *
 * Pure. */

#include "tool/judged.h"

/* One function a check of that name. */
void judge_mail_fcrdns(struct judged *j, const struct view *v);
void judge_mail_ptr(struct judged *j, const struct view *v);
void judge_mail_mx(struct judged *j, const struct view *v);
void judge_mail_wildcard(struct judged *j, const struct view *v);
void judge_mail_receiver(struct judged *j, const struct view *v);
void judge_mail_postmaster(struct judged *j, const struct view *v);
void judge_mail_contact(struct judged *j, const struct view *v);
void judge_mail_control(struct judged *j, const struct view *v);
void judge_mail_port25(struct judged *j, const struct view *v);

/* Must names below a probe domain (0 probe.domain, 1 probe.domain2) have its
 * MX?  That is what the catalogue's forms say. */
bool judge_mail_wild(int which);

/* Does a host name hold its own IPv4 address, as those of subscribers do? */
bool judge_mail_generic(struct str name, const struct addr *a);
