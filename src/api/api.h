/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* api: the functions of include/skep.h, over the modules. Nothing inside Skep calls them. */
#ifndef SKEP_API_H
#define SKEP_API_H

#include "base/base.h"
#include "skep.h"

/* The report as text that is the caller's, or NULL where there is no memory for it. */
void api_give_errors(const struct diag *d, char **ret_errors);

#endif
