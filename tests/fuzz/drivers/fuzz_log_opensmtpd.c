#include "log_inside.h"
#include "wire/log_opensmtpd.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	log_inside(p, n, log_opensmtpd_read);
	return 0;
}
