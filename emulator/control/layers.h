// PublishLayerVersion, GetLayerVersion, GetLayerVersionByArn, ListLayers, ListLayerVersions and
// DeleteLayerVersion (docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html and its
// neighbours).
#pragma once

#include "emulator/catalog/layers.h"
#include "emulator/control/code_links.h"
#include "emulator/control/router.h"
#include "emulator/package/package_store.h"

namespace emulator {

void add_layers(Router& router, LayerCatalog& layers, PackageStore& packages,
                const CodeLinks& links);

}  // namespace emulator
