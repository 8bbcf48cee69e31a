#include "log_inside.h"
#include "wire/log_sendmail.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	log_inside(p, n, log_sendmail_read);
	return 0;
}
