/* Does with the C interface what its users would, and says what went wrong. Writes 1 MB from offset 12345 on to argv[1]. */
#include <dgen.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECIPE "dgen1,seed=0x5,block=64KiB,dedup=2,compress=2"
#define SIZE ((size_t)1000000)
#define OFFSET ((uint64_t)12345)

static int checks;

#define CHECK(what)                                                                        \
    do {                                                                                   \
        checks++;                                                                          \
        if (!(what)) {                                                                     \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #what, dgen_last_error());      \
            exit(1);                                                                       \
        }                                                                                  \
    } while (0)

static dgen_stream *stream;

static void *fill_and_verify(void *number) {
    uint64_t offset = *(const uint64_t *)number << 30;
    unsigned char *data = malloc(SIZE);
    size_t found = 99;
    int good = data != NULL && dgen_fill(stream, offset, data, SIZE) == DGEN_OK &&
               dgen_verify(stream, offset, data, SIZE, NULL, 0, &found) == DGEN_OK && found == 0;
    /* Each thread has an error of its own. */
    good = good && dgen_last_error()[0] == '\0' && dgen_fill(NULL, 0, data, 1) == DGEN_USAGE &&
           strstr(dgen_last_error(), "stream") != NULL;
    free(data);
    return good ? number : NULL;
}

int main(int count, char **arguments) {
    unsigned char *data = malloc(SIZE), *again = malloc(SIZE), *page = malloc(DGEN_PAGE);
    char text[200], small[6];
    dgen_damage ranges[4];
    dgen_location location;
    size_t found = 0, length;
    pthread_t threads[8];
    uint64_t numbers[8];
    FILE *file;
    int index;

    CHECK(count == 2 && data != NULL && again != NULL && page != NULL);
    CHECK(strchr(dgen_version(), '.') != NULL);
    CHECK(dgen_open(RECIPE, 3, &stream) == DGEN_OK && stream != NULL);
    length = dgen_recipe(stream, text, sizeof text);
    CHECK(length == strlen(RECIPE) && strcmp(text, RECIPE) == 0);
    CHECK(dgen_recipe(stream, small, sizeof small) == length && strcmp(small, "dgen1") == 0);
    CHECK(dgen_recipe(stream, NULL, 0) == length && dgen_recipe(NULL, text, sizeof text) == 0);
    CHECK(dgen_block_size(stream) == 65536 && dgen_block_size(NULL) == 0);

    CHECK(dgen_fill(stream, OFFSET, data, SIZE) == DGEN_OK);
    CHECK(dgen_fill_parallel(stream, OFFSET, again, SIZE, 0) == DGEN_OK && memcmp(data, again, SIZE) == 0);
    CHECK(dgen_fill_parallel(stream, OFFSET, again, SIZE, 2) == DGEN_OK && memcmp(data, again, SIZE) == 0);
    CHECK(dgen_fill(stream, 0, NULL, 0) == DGEN_OK);
    file = fopen(arguments[1], "wb");
    CHECK(file != NULL && fwrite(data, 1, SIZE, file) == SIZE && fclose(file) == 0);

    CHECK(dgen_verify(stream, OFFSET, data, SIZE, ranges, 4, &found) == DGEN_OK && found == 0);
    /* A page of zeros, and one of another place. */
    memset(data + 3 * DGEN_PAGE - OFFSET % DGEN_PAGE, 0, DGEN_PAGE);
    CHECK(dgen_fill(stream, 100 * DGEN_PAGE, page, DGEN_PAGE) == DGEN_OK);
    memcpy(data + 9 * DGEN_PAGE - OFFSET % DGEN_PAGE, page, DGEN_PAGE);
    CHECK(dgen_verify(stream, OFFSET, data, SIZE, ranges, 4, &found) == DGEN_DIFFERS && found == 2);
    CHECK(ranges[0].kind == DGEN_ZEROED && ranges[0].offset == 3 * DGEN_PAGE + OFFSET - OFFSET % DGEN_PAGE);
    CHECK(ranges[0].length == DGEN_PAGE && ranges[0].has == 0);
    CHECK(ranges[1].kind == DGEN_MISPLACED && (ranges[1].has & DGEN_HAS_SOURCE_OFFSET) != 0);
    CHECK(dgen_verify(stream, OFFSET, data, SIZE, ranges, 1, &found) == DGEN_DIFFERS && found == 2);
    CHECK(dgen_verify(stream, OFFSET, data, SIZE, NULL, 0, NULL) == DGEN_DIFFERS);
    CHECK(strcmp(dgen_kind_name(ranges[0].kind), "zeroed") == 0 && strcmp(dgen_kind_name(77), "unknown") == 0);
    CHECK(dgen_describe(&ranges[1], text, sizeof text) == strlen(text) && strstr(text, "belongs at") != NULL);
    CHECK(dgen_describe(NULL, text, sizeof text) == 0);

    CHECK(dgen_locate(stream, page, &location) == DGEN_OK && location.version == 3 && location.intact == 1);
    CHECK(location.offset == ranges[1].source_offset);
    page[4000] ^= 1;
    CHECK(dgen_locate(stream, page, &location) == DGEN_OK && location.intact == 0);
    memset(page, 7, DGEN_PAGE);
    CHECK(dgen_locate(stream, page, &location) == DGEN_DIFFERS);

    for (index = 0; index < 8; index++) {
        numbers[index] = (uint64_t)index;
        CHECK(pthread_create(&threads[index], NULL, fill_and_verify, &numbers[index]) == 0);
    }
    for (index = 0; index < 8; index++) {
        void *result = NULL;
        CHECK(pthread_join(threads[index], &result) == 0 && result == &numbers[index]);
    }

    CHECK(dgen_fill(stream, UINT64_MAX, data, SIZE) == DGEN_USAGE && strstr(dgen_last_error(), "offset") != NULL);
    CHECK(dgen_fill(stream, 0, NULL, 1) == DGEN_USAGE && strstr(dgen_last_error(), "buffer") != NULL);
    CHECK(dgen_fill(stream, 0, data, SIZE_MAX) == DGEN_USAGE && strstr(dgen_last_error(), "size") != NULL);
    CHECK(dgen_verify(stream, 0, data, SIZE, NULL, 3, NULL) == DGEN_USAGE && strstr(dgen_last_error(), "ranges") != NULL);
    CHECK(dgen_locate(stream, NULL, &location) == DGEN_USAGE && dgen_locate(stream, page, NULL) == DGEN_USAGE);
    dgen_close(stream);
    dgen_close(NULL);
    CHECK(dgen_open("dgen1,seed=0x5,dedup=0", 0, &stream) == DGEN_USAGE && stream == NULL);
    CHECK(strstr(dgen_last_error(), "dedup") != NULL);
    CHECK(dgen_open("dgen1,seed=\xff", 0, &stream) == DGEN_USAGE && dgen_open(NULL, 0, &stream) == DGEN_USAGE);
    CHECK(dgen_open(RECIPE, 0, NULL) == DGEN_USAGE);
    free(data);
    free(again);
    free(page);
    printf("%d checks\n", checks);
    return 0;
}
