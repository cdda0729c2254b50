/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any bytes as an object: opened, and what opens also prepared for no kernel, its BTF made for the
 * newest and the oldest one, written, what was written opened again, and linked with itself.
 */
#include <stdlib.h>

#include "obj/obj.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int find(void *ctx, const struct obj_extern *x, struct obj_ksym *ret)
{
	(void)ctx;
	ret->addr = 0x123456789abc;
	ret->btf_id = 7;
	return x->name[0] & 1 ? 0 : -ENOENT;
}

static void code(const struct obj *o)
{
	int *fd = malloc((o->map.n + 1) * sizeof(*fd));

	for (size_t i = 0; i < o->map.n; i++)
		fd[i] = i & 1 ? -1 : (int)i;
	for vec_each(&o->prog, p) {
		struct insn *at;

		if (!p->code)
			continue;
		at = malloc(p->n_code * sizeof(*at));
		obj_prog_code(p, fd, NULL, at);
		free(at);
	}
	free(fd);
}

static void bytes(struct obj *o)
{
	struct obj_bytes b;
	struct obj *again = NULL;

	if (!obj_btf(o, OBJ_BTF_ALL, NULL, &b))
		obj_bytes_done(&b);
	if (!obj_btf(o, 0, NULL, &b))
		obj_bytes_done(&b);
	if (!obj_write(o, NULL, &b)) {
		if (!obj_open_bytes(b.data, b.size, "again", NULL, NULL, &again))
			obj_free(again);
		obj_bytes_done(&b);
	}
	if (!obj_link(&o, 1, NULL, &b))
		obj_bytes_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct obj_target none = {.version = 6 << 16,
				  .kconfig = "CONFIG_A=y\nCONFIG_HZ=250\n",
				  .kconfig_len = 25,
				  .find = find};
	struct obj_var var;
	struct obj *o = NULL;
	struct diag d;

	diag_init(&d, 20);
	if (!obj_open_bytes(data, size, "fuzz", NULL, &d, &o)) {
		for (size_t i = 0; i < 100 && obj_var_next(o, i, &var); i++)
			if (obj_var_set(o, var.name, "1", &d))
				break;
		bytes(o);
		if (!obj_prepare(o, &none, &d))
			code(o);
		obj_free(o);
	} else if (!diag_failed(&d)) {
		abort(); /* refused without a word */
	}
	diag_done(&d);
	return 0;
}
