/* Damages models in many ways and gives each to the fuzz target: damage COUNT SEED MODEL...
 *
 * The same arguments give the same damage. Prints how many damaged models still ran; a crash is the failure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ev_engine.h"

enum { LARGEST_FILE = 1 << 20, MAX_CHANGES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t random_state;

/* xorshift64*, Vigna 2016. */
static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545F4914F6CDD1Du) >> 32) % limit;
}

static void change(uint8_t *file, uint32_t bytes)
{
    static const uint32_t words[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000, 0x7fc00000};
    uint32_t at = random_below(bytes);
    switch (random_below(4)) {
    case 0: /* a word that is often special */
        for (uint32_t i = 0, word = words[random_below(8)]; i < 4 && at + i < bytes; i++) {
            file[at + i] = (uint8_t)(word >> 8 * i);
        }
        break;
    case 1: /* a byte from elsewhere */
        file[at] = file[random_below(bytes)];
        break;
    default:
        file[at] ^= (uint8_t)(1u << random_below(8));
    }
}

static uint32_t read_file(const char *path, uint8_t *file)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        fprintf(stderr, "cannot open %s\n", path);
        exit(2);
    }
    size_t bytes = fread(file, 1, LARGEST_FILE, stream);
    fclose(stream);
    return (uint32_t)bytes;
}

/* In a heap block of exactly its size: the sanitizer watches its end. */
static unsigned long try_model(const uint8_t *file, uint32_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    memcpy(copy, file, bytes);
    const unsigned long ran = LLVMFuzzerTestOneInput(copy, bytes) != 0;
    free(copy);
    return ran;
}

int main(int argc, char **argv)
{
    static uint8_t original[LARGEST_FILE], damaged[LARGEST_FILE];
    if (argc < 4) {
        fprintf(stderr, "usage: %s COUNT SEED MODEL...\n", argv[0]);
        return 2;
    }
    unsigned long count = strtoul(argv[1], NULL, 10), ran = 0;
    random_state = strtoull(argv[2], NULL, 10) * 2 + 1;
    for (unsigned long i = 0; i < count; i++) {
        uint32_t bytes = read_file(argv[3 + i % (unsigned long)(argc - 3)], original);
        memcpy(damaged, original, bytes);
        for (uint32_t changes = 1 + random_below(MAX_CHANGES); changes > 0; changes--) {
            change(damaged, bytes);
        }
        if (random_below(8) == 0) {
            bytes = random_below(bytes);
        }
        ran += try_model(damaged, bytes);
    }
    printf("%lu of %lu ran\n", ran, count);
    return 0;
}
