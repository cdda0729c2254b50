/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* api: the functions of include/skep.h, over the modules. Nothing inside Skep calls them. */
#ifndef SKEP_API_H
#define SKEP_API_H

#include "skep.h"

#endif
