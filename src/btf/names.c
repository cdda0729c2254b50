/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The strings of a BTF that is being built: one after the other, one of each, found again by an
 * open-addressed table of their offsets. base's hash borrows the bytes of its keys, which move here.
 */
#include "btf/impl.h"

void names_init(struct names *ns)
{
	*ns = (struct names){.seed = (uintptr_t)ns};
	str_init(&ns->text, BTF_NAME_MAX);
}

void names_done(struct names *ns)
{
	str_done(&ns->text);
	mem_free(ns->slot);
	ns->slot = NULL;
}

static uint32_t *probe(const struct names *ns, const char *s, size_t len)
{
	uint32_t k = (uint32_t)hash_bytes(s, len, ns->seed) & ns->mask;

	assert(ns->slot);
	for (; ns->slot[k]; k = (k + 1) & ns->mask) {
		const char *have = ns->text.s + ns->slot[k] - 1;

		if (ns->text.n - (ns->slot[k] - 1) > len && !memcmp(have, s, len) && !have[len])
			break;
	}
	return &ns->slot[k];
}

static bool grow(struct names *ns)
{
	uint32_t size = ns->slot ? (ns->mask + 1) * 2 : 64, i;
	struct names bigger = *ns;

	bigger.slot = mem_alloc_array(size, sizeof(*bigger.slot));
	bigger.mask = size - 1;
	if (!bigger.slot)
		return false;
	for (i = 0; ns->slot && i <= ns->mask; i++)
		if (ns->slot[i]) {
			const char *s = ns->text.s + ns->slot[i] - 1;

			*probe(&bigger, s, strlen(s)) = ns->slot[i];
		}
	mem_free(ns->slot);
	*ns = bigger;
	return true;
}

int64_t names_find(const struct names *ns, const char *s, size_t len)
{
	return ns->slot ? (int64_t)*probe(ns, s, len) - 1 : -1;
}

int64_t names_add(struct names *ns, const char *s, size_t len)
{
	uint32_t at = (uint32_t)ns->text.n, *slot;

	if (!ns->slot || ns->n > ns->mask / 2)
		if (!grow(ns)) {
			ns->text.err = ns->text.err ? ns->text.err : -ENOMEM;
			return -1;
		}
	slot = probe(ns, s, len);
	if (*slot)
		return (int64_t)*slot - 1;
	if (BTF_NAME_MAX - at <= len)
		ns->text.err = ns->text.err ? ns->text.err : -E2BIG;
	str_addn(&ns->text, s, len);
	str_addc(&ns->text, 0);
	if (str_err(&ns->text))
		return -1;
	*slot = at + 1;
	ns->n++;
	return at;
}
