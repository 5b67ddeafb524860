"use strict";
// Vega's modules, registered in `vegaModules` by the script that follows, are CommonJS: each runs when it is first required.
const vegaModules = {};
const vegaRequire = (() => {
  const loaded = {};
  return function require(name) {
    if (!loaded[name]) {
      const module = {exports: {}};
      loaded[name] = module;
      vegaModules[name].call(module.exports, module, module.exports, require);
    }
    return loaded[name].exports;
  };
})();
