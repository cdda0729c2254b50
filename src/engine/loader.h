/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the loader's files share: load.c load_map.c load_prog.c. They stand above the boundary. */
#ifndef SKEP_ENGINE_LOADER_H
#define SKEP_ENGINE_LOADER_H

#include "btf/btf.h"
#include "engine/engine.h"
#include "obj/obj.h"

enum { LOAD_LOG = 1 << 16, LOAD_LOG_MAX = 1 << 24, LOAD_LOG_SHOWN = 1 << 13 };

struct loader {
	struct engine *e;
	const struct engine_load *o;
	struct obj *obj;
	struct diag *d;
	struct engine_loaded *to;
	struct arena arena; /* names of modules */
	VEC(struct obj_target_module) module; /* its BTF owned */
	VEC(int) module_fd; /* owned; of obj->module */
	VEC(int) map_fd;    /* borrowed from `to`; of obj->map */
};

int load_maps(struct loader *l) MUST_USE;
int load_programs(struct loader *l) MUST_USE;
int load_fill(struct loader *l) MUST_USE;	/* slots of maps of maps and of programs */
int load_struct_ops(struct loader *l) MUST_USE; /* their values, with the programs in them */
const struct engine_load_map *load_map_asked(const struct loader *l, const struct obj_map *m);
int load_module_fd(struct loader *l, const char *name);
int load_kallsyms(struct loader *l, const char *name, uint64_t *ret_addr) MUST_USE;
char *load_strdup(const char *s);

#endif
