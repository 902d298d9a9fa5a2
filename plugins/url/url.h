#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "url/host.h"

namespace stepd::url {

/// An http or https URL in its one spelling.
struct Url {
    std::string scheme;    ///< `http` or `https`
    Host host;             ///< ASCII
    int port = 0;          ///< 0: the scheme's own
    std::string path;      ///< begins with `/`
    std::string query;     ///< without `?`; empty: none
    std::string fragment;  ///< without `#`; only kept by `Mode::Strict`

    /// `https://acme.com:8443`
    std::string origin() const;
    std::string text() const;
};

/// Lenient repairs what people write (`acme.com,`, `http//acme.com`, quotes); strict wants `http://` or `https://` as
/// it is and keeps the fragment.
enum class Mode { Lenient, Strict };
enum class Hosts { PublicOnly, Any };
enum class Tracking { Strip, Keep };

struct Options {
    Mode mode = Mode::Lenient;
    std::size_t maxBytes = 2083;
    std::vector<int> allowedPorts{80, 443, 8080, 8443};
    Hosts hosts = Hosts::PublicOnly;  ///< Any: addresses, single labels, special-use names and any port, for tests
    Tracking tracking = Tracking::Strip;
};

struct Normalised {
    std::optional<Url> url;
    Problem problem;                ///< why there is no `url`
    std::vector<Problem> warnings;  ///< what was repaired or removed, and what is odd

    bool warns(std::string_view code) const;
};

/// What a person or a page gave as a URL, in its one spelling, or the one reason why it is none. Codes of refusal:
/// `url_too_long invalid_characters invalid_url unsupported_scheme looks_like_email credentials_not_allowed
/// missing_host invalid_host ip_not_allowed host_not_public host_is_public_suffix invalid_port port_not_allowed`; of
/// warnings: `scheme_assumed scheme_repaired unknown_tld tracking_removed fragment_removed social_platform_url`.
Normalised normalise(std::string_view text, const Options& options = {});

/// The first step of `normalise`, for other readers of URLs: trims, deletes TAB, CR and LF, turns `\` to `/` before the
/// query; lenient also strips quotes, angle brackets, and a trailing `,` or `;`. Problem: `url_too_long`,
/// `invalid_characters`.
struct Tidied {
    std::string text;
    std::optional<Problem> problem;
};
Tidied tidy(std::string_view text, Mode mode, std::size_t maxBytes);

/// The parts of a tidied text before and behind its authority.
struct SchemeSplit {
    enum class Form { Written, Repaired, Assumed };
    std::string scheme;  ///< lower-case; `https` if assumed; empty: unsupported
    Form form = Form::Written;
    std::string_view rest;  ///< authority, path, query and fragment; views the text given
};
SchemeSplit splitScheme(std::string_view text);

/// `authority`, and the rest that begins with `/`, `?` or `#`.
struct AuthoritySplit {
    std::string_view userInfo;  ///< with its `@`; empty: none
    std::string_view host;
    std::string_view port;  ///< with its `:`; empty: none
    std::string_view rest;
};
AuthoritySplit splitAuthority(std::string_view text);

/// `reference` as a link on the page `base` (as fetched, not normalised: its trailing slash counts), RFC 3986 section
/// 5.2 without removing dots; the absolute text is for `normalise`. Empty for other schemes than http and https.
std::string resolve(std::string_view base, std::string_view reference);

/// Escapes in their one spelling, dot segments and one trailing slash removed; empty gives `/`.
std::string normalisePath(std::string_view path);

/// True for parameters that only tell where a visitor came from: `utm_*`, `gclid`, `fbclid` and their like.
bool isTrackingKey(std::string_view key);

}  // namespace stepd::url
