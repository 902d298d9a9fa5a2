/* A program that speaks the frames of sdk/exec.md, and does with them what its input says. Reads its JSON by looking
 * for words: it knows who writes it. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void put(const char* text, size_t size) {
    const unsigned char prefix[4] = {size & 255, size >> 8 & 255, size >> 16 & 255, size >> 24 & 255};
    fwrite(prefix, 1, sizeof prefix, stdout);
    fwrite(text, 1, size, stdout);
    fflush(stdout);
}

__attribute__((format(printf, 1, 2))) static void say(const char* format, ...) {
    char* text = NULL;
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    const int size = vasprintf(&text, format, arguments);
    __builtin_va_end(arguments);
    put(text, (size_t)size);
    free(text);
}

static char* get(void) {
    unsigned char prefix[4];
    if (fread(prefix, 1, sizeof prefix, stdin) != sizeof prefix) return NULL;
    const size_t size = prefix[0] | prefix[1] << 8 | prefix[2] << 16 | (size_t)prefix[3] << 24;
    char* text = malloc(size + 1);
    if (fread(text, 1, size, stdin) != size) return NULL;
    text[size] = '\0';
    return text;
}

static int has(const char* frame, const char* word) {
    return strstr(frame, word) != NULL;
}

static unsigned long callOf(const char* frame) {
    return strtoul(strstr(frame, "\"call\":") + 7, NULL, 10);
}

/* `"name":` up to `"after":` of the same object. */
static char* between(const char* frame, const char* name, const char* after) {
    const char* from = strstr(frame, name) + strlen(name);
    return strndup(from, (size_t)(strstr(from, after) - from));
}

/* What goes wrong on purpose; does not come back, or leaves the stream broken. */
static void misbehave(const char* frame, unsigned long call) {
    if (has(frame, "\"do\":\"signal\"")) raise(SIGSEGV);
    if (has(frame, "\"do\":\"exit\"")) _exit(3);
    if (has(frame, "\"do\":\"orphan\"") && fork() != 0) _exit(4); /* the child keeps our standard output */
    if (has(frame, "\"do\":\"orphan\"")) pause();
    if (has(frame, "\"do\":\"hang_up\"")) close(1), pause();
    if (has(frame, "\"do\":\"deaf\"")) pause();
    if (has(frame, "\"do\":\"print\"")) printf("Hello, world\n"), fflush(stdout);
    if (has(frame, "\"do\":\"no_json\"")) say("{\"type\": oops}");
    if (has(frame, "\"do\":\"type\"")) say("{\"type\":\"dance\",\"call\":%lu}", call);
    if (has(frame, "\"do\":\"token\"")) say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\"}", call + 1000);
    if (has(frame, "\"do\":\"typo\"")) say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\",\"ouput\":1}", call);
    if (has(frame, "\"do\":\"kind\"")) say("{\"type\":\"result\",\"call\":%lu,\"class\":7}", call);
    if (has(frame, "\"do\":\"ask\""))
        for (int i = 0; i < 2000; ++i) say("{\"type\":\"secret\",\"call\":%lu,\"id\":%d,\"name\":\"KEY\"}", call, i);
}

static void twice(unsigned long call) {
    for (int i = 0; i < 2; ++i) say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\"}", call);
}

/* Asks the host; its answer is the output. */
static void ask(const char* frame, unsigned long call) {
    if (has(frame, "\"do\":\"http\""))
        say("{\"type\":\"http\",\"call\":%lu,\"id\":5,\"requests\":[{\"url\":\"https://a.org/"
            "\",\"headers\":[[\"x\",\"y\"]],"
            "\"timeout_ms\":1500,\"truncate_body\":true},{\"method\":\"POST\",\"url\":\"https://b.org/"
            "\",\"body_base64\":"
            "\"/w==\"}]}",
            call);
    else
        say("{\"type\":\"secret\",\"call\":%lu,\"id\":6,\"name\":\"KEY\"}", call);
}

/* What the sandbox is about. */
static void reach(unsigned long call) {
    const int file = open("/etc/passwd", O_RDONLY), made = socket(AF_INET, SOCK_STREAM, 0);
    const pid_t child = fork();
    if (child == 0) _exit(0);
    say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\",\"output\":[%s,%s,%s]}", call, file < 0 ? "false" : "true",
        made < 0 ? "false" : "true", child < 0 ? "false" : "true");
}

static void execute(const char* frame, unsigned long call) {
    misbehave(frame, call);
    if (has(frame, "\"do\":\"http\"") || has(frame, "\"do\":\"secret\"")) return ask(frame, call);
    if (has(frame, "\"do\":\"twice\"")) return twice(call);
    if (has(frame, "\"do\":\"reach\"")) return reach(call);
    if (has(frame, "\"do\":\"log\"")) say("{\"type\":\"log\",\"call\":%lu,\"level\":\"warn\",\"text\":\"look\"}", call);
    if (has(frame, "\"do\":\"log\"")) fprintf(stderr, "beside\n");
    if (has(frame, "\"do\":\"wait\""))
        return say("{\"type\":\"progress\",\"call\":%lu,\"fraction\":0.5,\"text\":\"waiting\"}", call);
    if (has(frame, "\"do\":\"pid\""))
        return say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\",\"output\":%d}", call, getpid());
    if (has(frame, "\"do\":\"fail\""))
        return say(
            "{\"type\":\"result\",\"call\":%lu,\"class\":\"rate_limited\",\"code\":\"busy\",\"message\":\"later\","
            "\"details\":{\"n\": 1.0},\"retry_after_ms\":1500,\"resume_token\":\"page 3\"}",
            call);
    if (has(frame, "\"do\":\"class\"")) return say("{\"type\":\"result\",\"call\":%lu,\"class\":\"fine\"}", call);
    if (has(frame, "\"do\":\"whole\""))
        return say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\",\"output\":%s}", call, frame);
    char* input = between(frame, "\"input\":", ",\"run_id\":");
    say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\",\"output\":%s}", call, input);
    free(input);
}

static void handle(const char* frame) {
    const unsigned long call = callOf(frame);
    if (has(frame, "{\"type\":\"call\"")) return execute(frame, call);
    if (has(frame, "{\"type\":\"check\"")) {
        if (!has(frame, "\"refuse\":true")) return say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\"}", call);
        say("{\"type\":\"result\",\"call\":%lu,\"class\":\"invalid_config\",\"message\":\"as asked\"}", call);
    } else if (has(frame, "{\"type\":\"health\"")) {
        say("{\"type\":\"result\",\"call\":%lu,\"class\":\"limited\",\"message\":\"so so\"}", call);
    } else if (has(frame, "{\"type\":\"cancel\"")) {
        char* reason = between(frame, "\"reason\":", "}");
        say("{\"type\":\"result\",\"call\":%lu,\"class\":\"cancelled\",\"message\":%s}", call, reason);
        free(reason);
    } else { /* an answer */
        say("{\"type\":\"result\",\"call\":%lu,\"class\":\"ok\",\"output\":%s}", call, frame);
    }
}

int main(int count, char** words) {
    const char* how = count > 1 ? words[1] : "serial";
    if (strcmp(how, "exit") == 0) return 5;
    if (strcmp(how, "silent") == 0) pause();
    if (strcmp(how, "stranger") == 0) say("{\"type\":\"goodbye\"}");
    if (strcmp(how, "stepless") == 0) say("{\"type\":\"hello\",\"protocol\":1,\"name\":\"lab\",\"steps\":[]}");
    if (strcmp(how, "future") == 0) say("{\"type\":\"hello\",\"protocol\":2,\"name\":\"lab\",\"steps\":[]}");
    say("{\"type\":\"hello\",\"protocol\":1,\"name\":\"lab\",\"version\":\"1.2.3\",\"steps\":[{\"type\":\"do\","
        "\"summary\":\"as "
        "told\",\"threading\":\"%s\",\"input_schema\":{\"type\": \"object\"},\"checks\":true,\"health\":true}]}",
        strcmp(how, "reentrant") == 0 ? how : "serial");
    for (char* frame; (frame = get()) != NULL; free(frame)) handle(frame);
    return 0;
}
