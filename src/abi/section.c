/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The names of ELF sections: which program, map or data one holds. The rules are libbpf's.
 */
#include "abi/impl.h"

enum section_flags {
	SLEEP = ABI_SEC_SLEEP,
	BTF = ABI_SEC_BTF,
	FRAGS = ABI_SEC_FRAGS,
	SEND = ABI_SEC_SEND,
	TRY = ABI_SEC_TRY,
	PLUS = ABI_SEC_PLUS,
	EXACT = 0,
};

static const struct abi_section sections[] = {
#define SECTION(name, match, prog, attach, how, flags)                                             \
	{name, ABI_PROG_##prog, ABI_ATTACH_##attach, ABI_SEC_HOW_##how, (match) | (flags)},
#include "abi/section.def"
};

static const struct how {
	char target[20];
	char text[100];
} hows[_ABI_SEC_HOW_MAX] = {
#define SECTION_HOW(NAME, target, text) [ABI_SEC_HOW_##NAME] = {target, text},
#include "abi/section.def"
};

enum { DOT = 1 };

static const struct object {
	char name[20];
	char text[56];
	uint8_t match;
} objects[_ABI_OBJ_MAX] = {
#define OBJECT_SECTION(name, match, KIND, text) [ABI_OBJ_##KIND] = {name, text, match},
#include "abi/object.def"
};

static const struct abi_names names = ABI_NAMES(sections, "", false);

const struct abi_section *abi_section(size_t i)
{
	return i < COUNT(sections) ? &sections[i] : NULL;
}

const char *abi_section_target(enum abi_section_how how)
{
	return hows[how].target;
}

const char *abi_section_text(enum abi_section_how how)
{
	return hows[how].text;
}

bool abi_section_find(const char *name, size_t len, struct abi_section_match *ret_match)
{
	bool optional = len && *name == '?';
	const struct abi_section *row;
	const char *slash;

	name += optional;
	len -= optional;
	row = abi_names_find(&names, name, len);
	if (row) {
		*ret_match = (struct abi_section_match){row, NULL, 0, optional};
		return true;
	}
	/* No name that something may follow has a "/" of its own. */
	slash = len ? memchr(name, '/', len) : NULL;
	row = slash ? abi_names_find(&names, name, (size_t)(slash - name)) : NULL;
	if (!row || !(row->flags & ABI_SEC_PLUS))
		return false;
	*ret_match = (struct abi_section_match){row, slash + 1, (size_t)(name + len - slash - 1),
						optional};
	return true;
}

enum abi_object_section abi_object_section(const char *name, size_t len, bool *ret_optional)
{
	bool optional = len && *name == '?';

	name += optional;
	len -= optional;
	for (unsigned i = 0; i < COUNT(objects); i++) {
		size_t n = strlen(objects[i].name);

		if (len < n || memcmp(name, objects[i].name, n))
			continue;
		if (len > n && !(objects[i].match == DOT && name[n] == '.'))
			continue;
		/* Only struct_ops are optional in this way. */
		if (optional && i != ABI_OBJ_STRUCT_OPS && i != ABI_OBJ_STRUCT_OPS_LINK)
			break;
		*ret_optional = optional;
		return i;
	}
	return _ABI_OBJ_MAX;
}

const char *abi_object_section_text(enum abi_object_section s)
{
	return objects[s].text;
}
