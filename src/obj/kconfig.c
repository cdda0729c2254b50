/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * .kconfig variables: lines "CONFIG_X=value" of a kernel's configuration, and three more that say
 * what else a program may want to know of the kernel. What is first said counts: the caller's
 * lines go before the kernel's, and obj_var_set() before both. What nobody says is zero.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "obj/impl.h"

enum { KCONFIG_MAX = 16 << 20, LINE_MAX_LEN = 1 << 16 };

struct setter {
	struct obj_prepare *c;
	struct obj_extern *x;
	uint8_t *to;      /* the variable */
	const char *text; /* the value, for messages */
};

static int refuse(const struct setter *v, int err, const char *why)
{
	diag_error(v->c->d, "obj.kconfig", obj_where(v->c->o), "extern '%s': the value %s %s",
		   v->x->name, v->text, why);
	return err;
}

static bool fits(const struct obj_extern *x, uint64_t v)
{
	unsigned bits = x->size * 8;

	if (bits >= 64)
		return true;
	if (x->kcfg_signed)
		return v + (UINT64_C(1) << (bits - 1)) < UINT64_C(1) << bits;
	return !(v >> bits);
}

static void store(const struct setter *v, uint64_t value)
{
	memcpy(v->to, &value, v->x->size); /* little-endian hosts */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	memcpy(v->to, (uint8_t *)&value + 8 - v->x->size, v->x->size);
#endif
	v->x->found = true;
}

static int number_set(const struct setter *v, uint64_t value)
{
	switch ((enum obj_kcfg_type)v->x->kcfg) {
	case OBJ_KCFG_INT:
	case OBJ_KCFG_CHAR:
		break;
	case OBJ_KCFG_BOOL:
		if (value <= 1)
			break;
		return refuse(v, -EINVAL, "is neither 0 nor 1, as a bool is");
	case OBJ_KCFG_TRISTATE:
	case OBJ_KCFG_STRING:
	case OBJ_KCFG_NONE:
		return refuse(v, -EINVAL, "is a number, the variable is not");
	}
	if (!fits(v->x, value))
		return refuse(v, -ERANGE, "does not fit into the variable");
	store(v, value);
	return 0;
}

static int tristate_set(const struct setter *v, char value)
{
	switch ((enum obj_kcfg_type)v->x->kcfg) {
	case OBJ_KCFG_BOOL:
		if (value == 'm')
			return refuse(v, -EINVAL,
				      "(a module) is nothing that a bool can be: use "
				      "enum libbpf_tristate");
		store(v, value == 'y');
		return 0;
	case OBJ_KCFG_TRISTATE: /* TRI_NO, TRI_YES, TRI_MODULE */
		store(v, value == 'y' ? 1 : value == 'm' ? 2 : 0);
		return 0;
	case OBJ_KCFG_CHAR:
		store(v, (uint8_t)value);
		return 0;
	case OBJ_KCFG_INT:
	case OBJ_KCFG_STRING:
	case OBJ_KCFG_NONE:
		break;
	}
	return refuse(v, -EINVAL, "is y, m or n, which the variable cannot be");
}

static int string_set(const struct setter *v)
{
	size_t n = strlen(v->text);

	if (v->x->kcfg != OBJ_KCFG_STRING)
		return refuse(v, -EINVAL, "is a text, the variable is not");
	if (n < 2 || v->text[n - 1] != '"')
		return refuse(v, -EINVAL, "is a text without an end");
	n = MIN(n - 2, (size_t)v->x->size - 1); /* the rest is cut off, as libbpf does */
	memset(v->to, 0, v->x->size);
	memcpy(v->to, v->text + 1, n);
	v->x->found = true;
	return 0;
}

static int value_set(const struct setter *v)
{
	char *end;
	uint64_t value;

	if (*v->text == 'y' || *v->text == 'n' || *v->text == 'm')
		return tristate_set(v, *v->text);
	if (*v->text == '"')
		return string_set(v);
	errno = 0;
	value = strtoull(v->text, &end, 0);
	if (errno || *end || end == v->text)
		return refuse(v, -EINVAL, "is no number, no text, and none of y, m, n");
	if (v->x->kcfg == OBJ_KCFG_BOOL)
		return refuse(v, -EINVAL, "is a number, the variable is not");
	return number_set(v, value);
}

static int line_read(struct obj_prepare *c, char *line)
{
	char *value = strchr(line, '=');
	struct setter v = {.c = c};

	if (!str_has_prefix(line, "CONFIG_"))
		return 0;
	if (!value || !value[1])
		return diag_error(c->d, "obj.kconfig", DIAG_NONE, "'%s' is no CONFIG_NAME=VALUE",
				  line);
	*value++ = 0;
	v.x = obj_extern_find(c->o, line);
	if (!v.x || v.x->kind != OBJ_EXTERN_KCONFIG || v.x->found)
		return 0;
	v.to = c->o->map.at[c->o->kconfig_map].data + v.x->off;
	v.text = value;
	return value_set(&v);
}

static int text_read(struct obj_prepare *c, const char *text, size_t len)
{
	struct str line;
	int err = 0;

	str_init(&line, LINE_MAX_LEN);
	while (len && !err) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		if (n > 7 && !memcmp(text, "CONFIG_", 7)) {
			str_reset(&line);
			str_addn(&line, text, n);
			err = str_err(&line);
			if (!err)
				err = line_read(c, line.s);
		}
		text += n + !!end;
		len -= n + !!end;
	}
	str_done(&line);
	return err;
}

/* LINUX_*: what no configuration says. */
static int special_set(struct obj_prepare *c, struct obj_extern *x)
{
	struct setter v = {.c = c, .x = x, .text = x->name};
	uint64_t value = 0;

	v.to = c->o->map.at[c->o->kconfig_map].data + x->off;
	if (!strcmp(x->name, "LINUX_KERNEL_VERSION")) {
		value = c->t->version;
		if (!value)
			return refuse(&v, -EINVAL, "is asked for, and there is no kernel");
	} else if (!strcmp(x->name, "LINUX_HAS_BPF_COOKIE")) {
		value = c->t->cookie;
	} else if (!strcmp(x->name, "LINUX_HAS_SYSCALL_WRAPPER")) {
		value = c->t->syscall_wrapper;
	} else if (!str_has_prefix(x->name, "LINUX_") || !x->weak) {
		return diag_error(
			c->d, "obj.kconfig", obj_where(c->o),
			"extern '%s': configuration variables begin with CONFIG_, and there "
			"are LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and "
			"LINUX_HAS_SYSCALL_WRAPPER",
			x->name);
	}
	return number_set(&v, value);
}

int obj_kconfig_fill(struct obj_prepare *c)
{
	int err = 0;

	if (c->o->kconfig_map < 0)
		return 0;
	for vec_each(&c->o->ext, x) {
		if (!err && x->kind == OBJ_EXTERN_KCONFIG && !x->found &&
		    !str_has_prefix(x->name, "CONFIG_"))
			err = special_set(c, x);
	}
	if (!err && c->t->kconfig_set)
		err = text_read(c, c->t->kconfig_set, strlen(c->t->kconfig_set));
	if (!err && c->t->kconfig)
		err = text_read(c, c->t->kconfig, c->t->kconfig_len);
	return err;
}

/* ---- the running kernel's ---- */

static int text_take(const struct file *f, const char *path, struct diag *d, struct str *ret_text)
{
	int err;

	if (f->size < 2 || f->data[0] != 0x1f || f->data[1] != 0x8b) {
		str_addn(ret_text, f->data, f->size);
		return str_err(ret_text);
	}
	err = obj_gunzip(f->data, f->size, ret_text);
	if (err == -EINVAL)
		diag_error(d, "obj.kconfig", diag_file(path), "is broken inside, or not complete");
	return err;
}

static int path_read(const char *path, struct diag *d, struct str *ret_text)
{
	struct file f;
	int err = file_read(path, KCONFIG_MAX, d, &f);

	if (err)
		return err;
	err = text_take(&f, path, d, ret_text);
	file_done(&f);
	return err;
}

int obj_kconfig_read(const char *path, struct diag *d, struct str *ret_text)
{
	struct utsname host;
	char boot[sizeof(host.release) + 16];
	int err;

	if (path)
		return path_read(path, d, ret_text);
	if (uname(&host))
		return -errno;
	snprintf(boot, sizeof(boot), "/boot/config-%s", host.release);
	err = path_read(boot, NULL, ret_text);
	if (err == -ENOENT)
		err = path_read("/proc/config.gz", NULL, ret_text);
	if (err)
		diag_error(
			d, "obj.kconfig", DIAG_NONE,
			"the kernel's configuration cannot be read: neither %s nor /proc/config.gz",
			boot);
	return err;
}
