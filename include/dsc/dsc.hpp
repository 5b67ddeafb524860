#pragma once

// Everything but what brings threads, range-v3 or JSON, or is for experiments: those have their own
// includes (dsc/emulation/emulated_link.hpp, dsc/emulation/tail_service.hpp, dsc/views.hpp,
// dsc/io/; dsc/emulation/synthetic_trace.hpp, dsc/model/zoo/classics.hpp).
#include <dsc/channel/fixed_rate.hpp>
#include <dsc/channel/link_estimator.hpp>
#include <dsc/channel/trace.hpp>
#include <dsc/clock.hpp>
#include <dsc/concepts.hpp>
#include <dsc/cost/calibration.hpp>
#include <dsc/cost/loaded.hpp>
#include <dsc/cost/profile.hpp>
#include <dsc/cost/roofline.hpp>
#include <dsc/cost/scaled.hpp>
#include <dsc/cost/sites.hpp>
#include <dsc/decide/adaptive_controller.hpp>
#include <dsc/decide/adaptive_options.hpp>
#include <dsc/decide/controller.hpp>
#include <dsc/decide/decider.hpp>
#include <dsc/decide/hysteresis.hpp>
#include <dsc/decide/lateness.hpp>
#include <dsc/decide/load_estimator.hpp>
#include <dsc/decide/record.hpp>
#include <dsc/decide/route_estimate.hpp>
#include <dsc/error.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/constant.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/model/network.hpp>
#include <dsc/model/static_model.hpp>
#include <dsc/model/static_tensor.hpp>
#include <dsc/model/zoo/efficientnet.hpp>
#include <dsc/model/zoo/models.hpp>
#include <dsc/plan/candidates.hpp>
#include <dsc/plan/choice.hpp>
#include <dsc/plan/cost_warnings.hpp>
#include <dsc/plan/gain.hpp>
#include <dsc/plan/plan.hpp>
#include <dsc/plan/planner.hpp>
#include <dsc/plan/policy.hpp>
#include <dsc/run/session.hpp>
#include <dsc/run/transport.hpp>
#include <dsc/run/wire.hpp>
#include <dsc/shape.hpp>
#include <dsc/traits.hpp>
#include <dsc/units.hpp>
#include <dsc/version.hpp>
