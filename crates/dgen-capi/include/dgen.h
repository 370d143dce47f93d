/* dgen: data with controlled dedup and compression ratios, addressable at any offset, and verifiable.
 *
 * A stream is opened by its recipe, such as "dgen1,seed=0x1f,dedup=2,compress=3/2"; docs/FORMAT.md has all names. It is
 * immutable: every function may be called from many threads at the same time, with the same stream.
 *
 * Functions that can fail return a dgen_status; dgen_last_error has the words. No function ends the process, and none
 * keeps a pointer that it was given. Offsets and sizes are in bytes.
 *
 * Licensed under MIT or Apache-2.0, at your choice. */
#ifndef DGEN_H
#define DGEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The number of this interface: that of the library's name, libdgen.so.1. What is added to it changes no number. */
#define DGEN_INTERFACE 1

/* Bytes of a page, the smallest part whose place dgen_locate finds. */
#define DGEN_PAGE 4096

/* How a call ended. */
typedef int dgen_status;
enum {
    DGEN_OK = 0,
    DGEN_FAILED = 1,   /* the system refused something */
    DGEN_USAGE = 2,    /* a bad argument: a recipe, an offset past 2^63, a null pointer */
    DGEN_DIFFERS = 3,  /* data is not what the stream has there, or a page belongs nowhere in it */
    DGEN_BROKEN = 4    /* an error in dgen itself; the stream is still good */
};

/* Kinds of damage. */
enum {
    DGEN_ZEROED = 0,    /* zeros, where the stream has other data */
    DGEN_MISPLACED = 1, /* data of the stream that belongs at source_offset */
    DGEN_STALE = 2,     /* data of another version of the stream */
    DGEN_TORN = 3,      /* a part of a page is right, the rest is other data */
    DGEN_FLIPPED = 4,   /* wrong bits here and there */
    DGEN_SHIFTED = 5,   /* data of the stream, some bytes behind or before its place */
    DGEN_FOREIGN = 6,   /* none of the others */
    DGEN_MISSING = 7,   /* bytes that should be there (of files; dgen_verify does not report it) */
    DGEN_EXTRA = 8      /* bytes behind the end (of files; dgen_verify does not report it) */
};

/* Which of the fields of a dgen_damage are known. */
enum {
    DGEN_HAS_SOURCE_OFFSET = 1,
    DGEN_HAS_SHIFT = 2,
    DGEN_HAS_SOURCE_VERSION = 4,
    DGEN_HAS_BITS = 8
};

/* A damaged range. */
typedef struct dgen_damage {
    uint64_t offset;         /* stream offset of the first damaged byte */
    uint64_t length;         /* bytes from there on */
    uint64_t source_offset;  /* where it belongs, in the stream */
    int64_t shift;           /* bytes behind the place where it belongs */
    uint64_t bits;           /* flipped bits */
    uint32_t source_version; /* the version that stale data is of */
    uint32_t kind;           /* DGEN_ZEROED and so on */
    uint32_t has;            /* DGEN_HAS_SOURCE_OFFSET and so on */
    uint32_t reserved;       /* 0 */
} dgen_damage;

/* Where a page belongs. */
typedef struct dgen_location {
    uint64_t offset;  /* stream offset at which its content first appears */
    uint32_t version; /* the version of the stream that it is of */
    uint32_t intact;  /* 1 where all of its bytes are right */
} dgen_location;

/* A stream. */
typedef struct dgen_stream dgen_stream;

/* The version of the library, such as "0.4.0"; it lives for ever. */
const char *dgen_version(void);

/* What the last call of this thread that failed had to say: one line, which lives until this thread's next call that
 * fails. Empty where none has. */
const char *dgen_last_error(void);

/* Opens a stream by its recipe and version (0 unless data is written over with other bytes in the same places). On
 * success *stream is to be given to dgen_close; else it is null. */
dgen_status dgen_open(const char *recipe, uint32_t version, dgen_stream **stream);

/* Closes a stream; null is nothing. Nobody may use it meanwhile or afterwards. */
void dgen_close(dgen_stream *stream);

/* The recipe in its canonical form: what is to be kept beside the data. Writes at most size bytes with a closing zero, and
 * returns the length without it, as snprintf does; 0 for a null stream. */
size_t dgen_recipe(const dgen_stream *stream, char *text, size_t size);

/* Bytes of a block, the unit of dedup; 0 for a null stream. */
uint64_t dgen_block_size(const dgen_stream *stream);

/* Fills a buffer with what the stream has from an offset on, on the calling thread. */
dgen_status dgen_fill(const dgen_stream *stream, uint64_t offset, void *buffer, size_t size);

/* The same on several threads; 0 for as many as the machine allows. */
dgen_status dgen_fill_parallel(const dgen_stream *stream, uint64_t offset, void *buffer, size_t size, unsigned threads);

/* Compares a buffer with what the stream has from an offset on, without copying it. DGEN_DIFFERS where it is other data:
 * then the first `capacity` damaged ranges stand in `ranges` (which may be null where capacity is 0), in order. *found,
 * which may be null, is the number of all of them. Buffers that begin and end at multiples of DGEN_PAGE tell most. */
dgen_status dgen_verify(const dgen_stream *stream, uint64_t offset, const void *buffer, size_t size,
                        dgen_damage *ranges, size_t capacity, size_t *found);

/* Finds where a page of DGEN_PAGE bytes belongs, by what it says of itself. DGEN_DIFFERS where it is not of the stream. */
dgen_status dgen_locate(const dgen_stream *stream, const void *page, dgen_location *location);

/* The name of a kind of damage, such as "zeroed"; "unknown" for other numbers. It lives for ever. */
const char *dgen_kind_name(uint32_t kind);

/* Describes a damaged range in one line. Writes and returns as dgen_recipe does. */
size_t dgen_describe(const dgen_damage *damage, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
