/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of helpers and kfuncs, from helper.def, and what is said about those that are not
 * here.
 */
#include "vm/helper.h"

struct row {
	int32_t id;
	const char *name, *why; /* why: NULL for those that are here */
};

static const struct row rows[] = {
#define HERE(id, name)           {id, "bpf_" #name, NULL},
#define ELSEWHERE(id, name, why) {id, "bpf_" #name, why},
#define KFUNC_HERE(name)
#define KFUNC_ELSEWHERE(begin, why)
#include "vm/helper.def"
};

static const struct vm_helper helpers[] = {
#define HERE(id, name) {id, "bpf_" #name, helper_##name},
#define ELSEWHERE(id, name, why)
#define KFUNC_HERE(name)
#define KFUNC_ELSEWHERE(begin, why)
#include "vm/helper.def"
};

static const struct kfunc {
	const char *name;
	vm_helper_fn fn;
} kfuncs[] = {
#define HERE(id, name)
#define ELSEWHERE(id, name, why)
#define KFUNC_HERE(name) {#name, kfunc_##name},
#define KFUNC_ELSEWHERE(begin, why)
#include "vm/helper.def"
};

/* Every kfunc that there is, and why those that begin so are not here. */
#undef KFUNC
static const char *const known_kfuncs[] = {
#define KFUNC(name, ...) #name,
#include "abi/kfunc.def"
};

static const struct reason {
	const char *begin, *why;
} reasons[] = {
#define HERE(id, name)
#define ELSEWHERE(id, name, why)
#define KFUNC_HERE(name)
#define KFUNC_ELSEWHERE(begin, why) {begin, why},
#include "vm/helper.def"
};

const struct vm_helper *vm_helpers_default(size_t *ret_n)
{
	*ret_n = ARRAY_LEN(helpers);
	return helpers;
}

vm_helper_fn vm_kfunc_default(const char *name)
{
	size_t lo = 0, hi = ARRAY_LEN(kfuncs);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(name, kfuncs[mid].name);

		if (!order)
			return kfuncs[mid].fn;
		if (order > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void vm_helper_missing(int32_t id, struct str *s)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].id == id && rows[i].why) {
			str_addf(s, "helper %s needs the kernel engine: %s", rows[i].name,
				 rows[i].why);
			return;
		}
	}
	str_addf(s, "there is no helper %d", id);
}

static const char *reason_for(const char *kfunc)
{
	const struct reason *best = &reasons[0];
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (!strncmp(kfunc, reasons[i].begin, strlen(reasons[i].begin)) &&
		    strlen(reasons[i].begin) >= strlen(best->begin))
			best = &reasons[i];
	return best->why;
}

static bool is_known(const char *kfunc)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(known_kfuncs); i++)
		if (!strcmp(known_kfuncs[i], kfunc))
			return true;
	return false;
}

void vm_kfunc_missing(const char *name, struct str *s)
{
	if (is_known(name))
		str_addf(s, "kfunc %s needs the kernel engine: %s", name, reason_for(name));
	else
		str_addf(s, "there is no kfunc %s", name);
}

void vm_helpers_tsv(struct str *s)
{
	size_t i;

	str_add(s, "kind\tid\tname\twhere\twhy\n");
	for (i = 0; i < ARRAY_LEN(rows); i++)
		str_addf(s, "helper\t%d\t%s\t%s\t%s\n", rows[i].id, rows[i].name,
			 rows[i].why ? "kernel" : "here", rows[i].why ? rows[i].why : "");
	for (i = 0; i < ARRAY_LEN(known_kfuncs); i++) {
		bool here = vm_kfunc_default(known_kfuncs[i]);

		str_addf(s, "kfunc\t\t%s\t%s\t%s\n", known_kfuncs[i], here ? "here" : "kernel",
			 here ? "" : reason_for(known_kfuncs[i]));
	}
}
