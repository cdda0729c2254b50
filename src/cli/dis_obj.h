/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep dis of objects: dis_obj.c; dis.c has the command. */
#ifndef SKEP_CLI_DIS_OBJ_H
#define SKEP_CLI_DIS_OBJ_H

#include "cli/cli.h"

/* only: a program's or section's name; NULL: all. The exit status. */
int dis_object(struct cli *c, const struct isa_dis *how, const char *path, const struct file *file,
	       const char *only);

#endif
