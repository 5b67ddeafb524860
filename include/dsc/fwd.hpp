#pragma once

/// Names without their definitions, for headers that only mention them. Concepts cannot be declared
/// ahead, so the templates that they constrain (`planner`, `sites`, `controller`, `profile`'s
/// decorators) are not here: include their own headers.
namespace dsc {

class error;
enum class errc : int;
class error_code;

struct bytes;
struct data_rate;
struct batch_size;
struct split_point;
struct layer_span;
struct shape;
struct tensor_spec;

class network;
class network_layer;

struct link_parameters;
class fixed_rate;
class link_estimator;
struct link_estimator_options;
struct no_channel;
struct rate_sample;
class rate_trace;
class trace_channel;

struct server_load;
struct processor;
class roofline;
class calibration;
struct calibration_options;
class profile;
class profiled_layer;
struct batch_times;

struct choice;
struct latency_breakdown;
struct latency_line;
struct plan;
class policy;
struct policy_piece;
struct split_costs;
struct state;
struct static_strategy;
class gain_report;

struct decision;
struct fixed_split;
class hedge;
struct exit_options;
class lateness;
struct lateness_options;
struct hysteresis;
struct adaptive_options;
struct exploration_options;
class exploration_budget;
class load_estimator;
struct load_estimator_options;
class route_estimate;
struct controller_options;
struct inference_record;
struct probe;
struct probe_record;
struct request;
struct reply;
struct session_options;
struct wire_tensor;
class shared_bytes;
class pending_reply;
class reply_promise;
template <class Model, class Decider, class Transport>
class session;

class emulated_link;
class delayed_reply;
template <class Model>
class tail_service;

}  // namespace dsc
