/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "api/api.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT const char *skep_version(void)
{
	return SKEP_VERSION;
}
