/* Names that are not resolved while the file $NAMES_DOWN exists, for a process that loads this first.
 * prefect.test is this machine. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **found)
{
	resolver *next = (resolver *)dlsym(RTLD_NEXT, "getaddrinfo");
	const char *down = getenv("NAMES_DOWN");

	if (node && strcmp(node, "prefect.test") == 0) {
		if (down && access(down, F_OK) == 0)
			return EAI_AGAIN;
		node = "127.0.0.1";
	}
	return next(node, service, hints, found);
}
