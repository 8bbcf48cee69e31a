#include "account/country.h"

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct account_country {
	MMDB_s	db;
};

int
account_country_open(struct account_country **out, const char *path)
{
	struct account_country *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return SEK_ENOMEM;
	rc = MMDB_open(path, MMDB_MODE_MMAP, &c->db);
	if (rc != MMDB_SUCCESS) {
		free(c);
		return rc == MMDB_OUT_OF_MEMORY_ERROR ? SEK_ENOMEM :
		    rc == MMDB_FILE_OPEN_ERROR ? SEK_ESYS : SEK_EPARSE;
	}
	*out = c;
	return 0;
}

void
account_country_free(struct account_country *c)
{
	if (c == NULL)
		return;
	MMDB_close(&c->db);
	free(c);
}

/* Files differ in where it stands: where the address is, or where the network
 * is registered, or (of some makers) at the top. */
static bool
code_at(MMDB_entry_s *entry, const char *outer, char code[3])
{
	MMDB_entry_data_s data;
	int rc = outer != NULL ? MMDB_get_value(entry, &data, outer, "iso_code", NULL) :
	    MMDB_get_value(entry, &data, "country_code", NULL);

	if (rc != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING ||
	    data.data_size != 2)
		return false;
	for (size_t i = 0; i < 2; i++) {
		if (data.utf8_string[i] < 'A' || data.utf8_string[i] > 'Z')
			return false;
		code[i] = data.utf8_string[i];
	}
	code[2] = '\0';
	return true;
}

bool
account_country_of(const struct account_country *c, const struct addr *a, char code[3])
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const bool is_v4 = addr_is_v4(a);
	MMDB_lookup_result_s r;
	int rc = MMDB_SUCCESS;

	if (!is_v4 && c->db.metadata.ip_version == 4)
		return false;
	memcpy(&v4.sin_addr, a->o + 12, 4);
	memcpy(&v6.sin6_addr, a->o, 16);
	r = MMDB_lookup_sockaddr(&c->db, is_v4 ? (const struct sockaddr *)&v4 :
	    (const struct sockaddr *)&v6, &rc);
	if (rc != MMDB_SUCCESS || !r.found_entry)
		return false;
	return code_at(&r.entry, "country", code) ||
	    code_at(&r.entry, "registered_country", code) || code_at(&r.entry, NULL, code);
}
