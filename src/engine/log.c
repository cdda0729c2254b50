/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The log buffer of PROG_LOAD and BTF_LOAD, with the kernel's rules: bpf_vlog_init(), and what
 * happens when it is too small. Without BPF_LOG_FIXED the end is kept, as there.
 */
#include "engine/impl.h"

enum { LOG_MASK = 15, LOG_FIXED = 8 };

int log_init(struct log *l, struct embedded *e, uint32_t level, uint64_t user, uint32_t size)
{
	*l = (struct log){.e = e, .user = user, .level = level, .size = size};
	str_init(&l->text, LOG_MAX);
	if (!user != !size || (user && !level) || level & ~(uint32_t)LOG_MASK ||
	    size > UINT32_MAX >> 2)
		return -EINVAL;
	return 0;
}

void log_diag(struct log *l, const struct diag *d)
{
	const struct diag_msg *m;
	const struct diag_note *n;

	for (m = d->first; m; m = m->next) {
		if (m->where.kind == DIAG_AT_PC)
			str_addf(&l->text, "%llu: ", (unsigned long long)m->where.offset);
		str_addf(&l->text, "%s\n", m->text);
		for (n = m->note; n; n = n->next)
			str_addf(&l->text, "note: %s\n", n->text);
	}
}

int log_done(struct log *l, uint32_t *ret_true)
{
	size_t n = l->text.n + 1, cut = 0;
	int err = 0;

	*ret_true = 0;
	if (l->level && l->user) {
		*ret_true = (uint32_t)n;
		if (n > l->size) {
			err = -ENOSPC;
			cut = l->level & LOG_FIXED ? 0 : n - l->size;
			n = l->size;
			if (!cut && n)
				l->text.s[n - 1] = 0;
		}
		if (user_out(l->e, l->user, l->text.s + cut, n))
			err = -EFAULT;
	} else if (l->level) {
		*ret_true = (uint32_t)n;
	}
	str_done(&l->text);
	return err;
}
