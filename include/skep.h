/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep.h: the library.
 *
 * All names begin with skep_ or SKEP_. Functions that can fail return 0 or a negative errno. Nothing
 * prints, exits, or keeps hidden global state.
 */
#ifndef SKEP_H
#define SKEP_H

#ifdef __cplusplus
extern "C" {
#endif

#define SKEP_VERSION "0.1.0"

/* The version of the library that is linked, as SKEP_VERSION is that of this header. */
const char *skep_version(void);

#ifdef __cplusplus
}
#endif
#endif
