#pragma once

// Everything but what brings threads, ranges-v3 or JSON: those have their own includes (dsc/run/, dsc/views.hpp, dsc/io/).
#include <dsc/channel/fixed_rate.hpp>
#include <dsc/channel/trace.hpp>
#include <dsc/concepts.hpp>
#include <dsc/cost/loaded.hpp>
#include <dsc/cost/profile.hpp>
#include <dsc/cost/roofline.hpp>
#include <dsc/cost/scaled.hpp>
#include <dsc/cost/sites.hpp>
#include <dsc/error.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/constant.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/model/network.hpp>
#include <dsc/model/zoo/efficientnet.hpp>
#include <dsc/model/zoo/models.hpp>
#include <dsc/plan/candidates.hpp>
#include <dsc/plan/gain.hpp>
#include <dsc/plan/plan.hpp>
#include <dsc/plan/planner.hpp>
#include <dsc/plan/policy.hpp>
#include <dsc/shape.hpp>
#include <dsc/traits.hpp>
#include <dsc/units.hpp>
