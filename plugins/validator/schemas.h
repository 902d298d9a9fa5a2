#pragma once

namespace stepd::validator {

// README.md says it to people. What a registration itself has to hold is the step's verdict, not a matter of form.

inline constexpr const char* kInputSchema = R"({"type": "object", "required": ["request_id", "registration_data"],
  "properties": {"request_id": {"type": "string"}, "registration_data": {"type": "object"}}})";

inline constexpr const char* kOutputSchema = R"({"type": "object", "additionalProperties": false,
  "required": ["request_id", "received_at", "input_data", "website", "linkedin", "warnings"],
  "properties": {
    "request_id": {"type": "string"},
    "received_at": {"type": "string", "format": "date-time"},
    "input_data": {"type": "object", "additionalProperties": false,
      "required": ["first_name", "last_name", "company_website", "linkedin"],
      "properties": {"first_name": {"type": "string"}, "last_name": {"type": "string"},
                     "company_website": {"type": ["string", "null"]}, "linkedin": {"type": ["string", "null"]}}},
    "website": {"type": ["object", "null"], "additionalProperties": false,
      "required": ["url", "host", "registrable_domain", "scheme_assumed"],
      "properties": {"url": {"type": "string"}, "host": {"type": "string"},
                     "registrable_domain": {"type": "string"}, "scheme_assumed": {"type": "boolean"}}},
    "linkedin": {"type": ["object", "null"], "additionalProperties": false,
      "required": ["kind", "id", "id_type", "canonical_url", "dedupe_key", "locale"],
      "properties": {"kind": {"type": "string"}, "id": {"type": "string"}, "id_type": {"type": "string"},
                     "canonical_url": {"type": "string"}, "dedupe_key": {"type": "string"},
                     "locale": {"type": ["string", "null"]}}},
    "warnings": {"type": "array", "items": {"type": "object", "additionalProperties": false,
      "required": ["field", "code", "message"],
      "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}}}}}})";

}  // namespace stepd::validator
