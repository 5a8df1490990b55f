// Where the code of a function or layer comes from: a zip in the request, an object of the S3
// endpoint, or, with the bucket "klambda-local", a path of this machine. Blocking; any thread.
#pragma once

#include <string>

#include "emulator/catalog/function.h"
#include "emulator/catalog/json.h"
#include "emulator/package/package_store.h"
#include "emulator/package/s3_object.h"

namespace emulator {

// S3Bucket of local code: S3Key is an absolute path, of a directory that is used in place and
// watched, or of a .zip or .jar file that is unpacked.
inline constexpr const char* kLocalBucket = "klambda-local";

// `code`: the member Code of CreateFunction, or the whole body of UpdateFunctionCode, checked
// against its shape: ZipFile (base64), S3Bucket and S3Key, S3ObjectVersion, or ImageUri, which is
// not looked up. opt_directory stays empty. Throws ApiError.
FunctionCode fetch_code(const Json& code, PackageStore& packages,
                        const Environment& environment = process_environment);

// The same for a layer's Content, which is always a package: a local directory is zipped.
Package fetch_package(const Json& content, PackageStore& packages,
                      const Environment& environment = process_environment);

// A template's function with its code, where that is a zip or stands in the template, and its
// layers unpacked. Throws ConfigError.
FunctionConfig with_code_unpacked(FunctionConfig config, PackageStore& packages);

}  // namespace emulator
