/*
 * The border with JavaScript: checks and unpacks arguments, and makes errors that look like Node's own.
 */
#include "addon.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { ERROR_TEXT_MAX = 4096 };

bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values, void **data) {
  size_t given = count;
  return napi_get_cb_info(env, info, &given, values, NULL, data) == napi_ok;
}

bool take_int(napi_env env, napi_value value, int *into) {
  int32_t number;
  if (napi_get_value_int32(env, value, &number) == napi_ok) {
    *into = number;
    return true;
  }
  throw_type_error(env, "a whole number was expected");
  return false;
}

bool take_bool(napi_env env, napi_value value, bool *into) {
  if (napi_get_value_bool(env, value, into) == napi_ok) return true;
  throw_type_error(env, "true or false was expected");
  return false;
}

bool take_function(napi_env env, napi_value value) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_function) return true;
  throw_type_error(env, "a function was expected");
  return false;
}

bool take_string(napi_env env, napi_value value, char *into, size_t size) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
    throw_type_error(env, "a string was expected");
    return false;
  }
  if (length >= size) {
    throw_errno(env, ENAMETOOLONG, "string", NULL);
    return false;
  }
  napi_get_value_string_utf8(env, value, into, size, &length);
  if (strlen(into) == length) return true;
  throw_type_error(env, "a string without NUL was expected");
  return false;
}

bool take_slice(napi_env env, napi_value array, napi_value offset, napi_value length, uint8_t **into, size_t *bytes) {
  napi_typedarray_type type;
  size_t size;
  void *data;
  if (napi_get_typedarray_info(env, array, &type, &size, &data, NULL, NULL) != napi_ok || type != napi_uint8_array) {
    throw_type_error(env, "a Uint8Array was expected");
    return false;
  }
  int64_t from, count;
  if (napi_get_value_int64(env, offset, &from) != napi_ok || napi_get_value_int64(env, length, &count) != napi_ok) {
    throw_type_error(env, "a whole number was expected");
    return false;
  }
  if (from < 0 || count < 0 || (uint64_t)from > size || (uint64_t)count > size - (uint64_t)from) return false;
  *into = (uint8_t *)data + from;
  *bytes = (size_t)count;
  return true;
}

napi_value from_int(napi_env env, int value) {
  napi_value number = NULL;
  napi_create_int32(env, value, &number);
  return number;
}

bool set_named(napi_env env, napi_value object, const char *name, napi_value value) {
  return value != NULL && napi_set_named_property(env, object, name, value) == napi_ok;
}

static napi_value from_text(napi_env env, const char *text) {
  napi_value string = NULL;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &string);
  return string;
}

napi_value throw_errno(napi_env env, int error, const char *syscall, const char *detail) {
  char name[32], sentence[128], message[ERROR_TEXT_MAX];
  uv_err_name_r(-error, name, sizeof name);
  uv_strerror_r(-error, sentence, sizeof sentence);
  if (detail != NULL) snprintf(message, sizeof message, "%s: %s, %s '%s'", name, sentence, syscall, detail);
  else snprintf(message, sizeof message, "%s: %s, %s", name, sentence, syscall);

  napi_value thrown = NULL;
  if (napi_create_error(env, from_text(env, name), from_text(env, message), &thrown) != napi_ok) return NULL;
  set_named(env, thrown, "errno", from_int(env, -error));
  set_named(env, thrown, "syscall", from_text(env, syscall));
  napi_throw(env, thrown);
  return NULL;
}

napi_value throw_type_error(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return NULL;
}
