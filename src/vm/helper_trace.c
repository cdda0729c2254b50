/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program can ask about where it is attached, and do there: the function that is traced, the
 * return value, a sysctl, an infrared key.
 */
#include "vm/helper.h"

/* ---- where it is attached ---- */

HELPER(get_retval)
{
	return neg((int32_t)run->world->retval);
}

HELPER(set_retval)
{
	run->world->retval = (int32_t)r1;
	return 0;
}

HELPER(get_attach_cookie)
{
	return run->world->attach_cookie;
}

HELPER(get_func_ip)
{
	return run->world->func_ip;
}

HELPER(get_func_arg_cnt)
{
	return run->world->func_args;
}

static uint64_t give_u64(struct vm_run *run, uint64_t at, uint64_t v)
{
	void *to = vm_mem(run, at, sizeof(v), true);

	if (to)
		memcpy(to, &v, sizeof(v));
	return 0;
}

HELPER(get_func_arg)
{
	const struct vm_world *w = run->world;

	if ((uint32_t)r2 >= w->func_args || (uint32_t)r2 >= ARRAY_LEN(w->func_arg))
		return neg(-EINVAL);
	return give_u64(run, r3, w->func_arg[(uint32_t)r2]);
}

HELPER(get_func_ret)
{
	return run->world->func_returned ? give_u64(run, r2, run->world->func_ret)
					 : neg(-EOPNOTSUPP);
}

HELPER(override_return)
{
	world_effect(run->world, VM_OVERRIDE_RETURN, r2, 0, NULL, 0);
	return 0;
}

HELPER(bprm_opts_set)
{
	enum { SECUREEXEC = 1 };

	if (r2 & ~(uint64_t)SECUREEXEC)
		return neg(-EINVAL);
	world_effect(run->world, VM_BPRM_OPTS, r2, 0, NULL, 0);
	return 0;
}

KFUNC(bpf_session_is_return)
{
	return run->world->func_returned;
}

/* A word that entry and return of one call share. */
KFUNC(bpf_session_cookie)
{
	uint64_t *cookie = &run->world->session;
	int err = vm_grant(run, cookie, sizeof(*cookie), true);

	if (err)
		run->err = err;
	return address(cookie);
}

/* ---- infrared receivers ---- */

HELPER(rc_repeat)
{
	world_effect(run->world, VM_IR_REPEAT, 0, 0, NULL, 0);
	return 0;
}

HELPER(rc_keydown)
{
	world_effect(run->world, VM_IR_KEY, r2 << 32 | (r4 != 0), r3, NULL, 0);
	return 0;
}

HELPER(rc_pointer_rel)
{
	world_effect(run->world, VM_IR_POINTER, r2, r3, NULL, 0);
	return 0;
}

/* ---- sysctl ---- */

/* The length it has, or -E2BIG and as much as fits. */
static uint64_t give_text(char *to, size_t max, const char *from, size_t n)
{
	if (!to)
		return neg(-EINVAL);
	if (!n) {
		memset(to, 0, max);
		return neg(-EINVAL);
	}
	memcpy(to, from, MIN(n, max));
	if (max > n) {
		memset(to + n, 0, max - n);
		return n;
	}
	to[max - 1] = '\0';
	return neg(-E2BIG);
}

HELPER(sysctl_get_name)
{
	enum { BASE_NAME = 1 };
	const struct vm_sysctl *s = run->world->sysctl;
	const char *name = s && s->name ? s->name : "", *base = strrchr(name, '/');
	char *to;

	if (!r3 || !r2)
		return neg(-EINVAL);
	to = vm_mem(run, r2, r3, true);
	if (!to)
		return 0;
	if (r4 & BASE_NAME && base)
		name = base + 1;
	return strlen(name) ? give_text(to, r3, name, strlen(name)) : neg(-EINVAL);
}

HELPER(sysctl_get_current_value)
{
	const struct vm_sysctl *s = run->world->sysctl;
	void *to;

	if (!helper_mem(run, r2, r3, true, &to))
		return 0;
	return give_text(to, r3, s ? s->value : NULL, s && s->value ? strlen(s->value) : 0);
}

HELPER(sysctl_get_new_value)
{
	const struct vm_sysctl *s = run->world->sysctl;
	void *to;

	if (!helper_mem(run, r2, r3, true, &to))
		return 0;
	return give_text(to, r3, s ? s->next : NULL, s && s->write && s->next ? s->next_n : 0);
}

HELPER(sysctl_set_new_value)
{
	enum { VALUE_MAX = 4095 };
	struct vm_sysctl *s = run->world->sysctl;
	void *from;

	if (!helper_mem(run, r2, r3, false, &from))
		return 0;
	if (!s || !s->write || !s->next || !s->next_n || !from)
		return neg(-EINVAL);
	if (r3 > VALUE_MAX || r3 > s->next_max)
		return neg(-E2BIG);
	memcpy(s->next, from, r3);
	s->next_n = r3;
	s->replaced = true;
	world_effect(run->world, VM_SYSCTL_SET, 0, 0, from, r3);
	return 0;
}
