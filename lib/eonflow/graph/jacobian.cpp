#include <eonflow/graph/jacobian.hpp>

#include <eonflow/number/error.hpp>

#include <algorithm>
#include <iterator>
#include <map>

namespace eonflow::graph {

using number::Real;

namespace {

/// `outputs`, and the slopes of the power and function nodes that they depend on, which are added to the graph.
std::vector<node_id> with_slopes(Graph& graph, const std::vector<node_id>& outputs, const std::vector<node_id>& order) {
    std::vector<node_id> wanted = outputs;
    for (const node_id id : order)
        if (graph[id].what == kind::power || graph[id].what == kind::function) wanted.push_back(graph.slope(id));
    return wanted;
}

void add_multiple(double& target, double factor, double x, double&) { target += factor * x; }
void add_multiple(Real& target, const Real& factor, const Real& x, Real& product) {
    mpfr_mul(product.backend().data(), factor.backend().data(), x.backend().data(), MPFR_RNDN);
    mpfr_add(target.backend().data(), target.backend().data(), product.backend().data(), MPFR_RNDN);
}

}  // namespace

template <class T>
jacobian_evaluator<T>::jacobian_evaluator(Graph& graph, std::vector<node_id> outputs, std::size_t unknowns)
    : outputs_(std::move(outputs)), order_(reachable(graph, outputs_)), values_([&] {
          if (graph.inputs().size() < unknowns) throw invalid_input("a graph with fewer inputs than unknowns");
          const std::vector<node_id> wanted = with_slopes(graph, outputs_, order_);
          return evaluator<T>(graph, wanted);
      }()) {
    // Nodes that depend on the same unknowns share one list of them.
    std::map<support, std::size_t> known = {{{}, 0}};
    supports_.emplace_back();
    steps_.resize(graph.size());
    std::size_t size = 0;
    for (const node_id id : order_) {
        const node& n = graph[id];
        support all;
        step& s = steps_[id];
        const auto add_link = [&](node_id child, node_id other, node_id slope, const Rational& coefficient) {
            if (steps_[child].unknowns == 0) return;
            s.links.push_back({child, other, slope, exact_coefficients_.size()});
            exact_coefficients_.push_back(coefficient);
        };
        if (n.what == kind::input && n.argument < unknowns) all = {n.argument};
        if (n.what == kind::power || n.what == kind::function) add_link(n.argument, none, graph.slope(id), 1);
        for (const term& t : n.terms) {
            add_link(t.left, t.right, none, t.coefficient);
            if (t.right != none) add_link(t.right, t.left, none, t.coefficient);
        }
        // Many children have one and the same support.
        std::vector<std::size_t> distinct;
        for (const link& l : s.links) distinct.push_back(steps_[l.child].unknowns);
        std::sort(distinct.begin(), distinct.end());
        distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
        for (const std::size_t k : distinct) {
            support merged;
            std::set_union(all.begin(), all.end(), supports_[k].begin(), supports_[k].end(), std::back_inserter(merged));
            all = std::move(merged);
        }
        const auto [position, is_new] = known.try_emplace(all, supports_.size());
        if (is_new) supports_.push_back(position->first);
        s.unknowns = position->second;
        s.start = size;
        size += all.size();
    }
    derivatives_.resize(size);
    work_.resize(unknowns);
    for (std::size_t k = 0; k < outputs_.size(); ++k)
        for (const std::uint32_t column : supports_[steps_[outputs_[k]].unknowns]) pattern_.push_back({static_cast<std::uint32_t>(k), column});
    entries_.resize(pattern_.size());
}

template <class T>
void jacobian_evaluator<T>::convert() {
    if (converted_bits_ == number::working_bits()) return;
    coefficients_.clear();
    for (const Rational& c : exact_coefficients_) {
        if constexpr (std::is_same_v<T, double>)
            coefficients_.push_back(c.convert_to<double>());
        else
            coefficients_.push_back(number::to_real(c));
    }
    for (std::vector<T>* numbers : {&derivatives_, &work_, &entries_})
        for (T& x : *numbers) x = T();
    converted_bits_ = number::working_bits();
}

template <class T>
std::span<const T> jacobian_evaluator<T>::operator()(std::span<const T> inputs) {
    convert();
    (void)values_(inputs);
    T factor(0), product(0);
    for (const node_id id : order_) {
        const step& s = steps_[id];
        const support& own = supports_[s.unknowns];
        if (own.empty()) continue;
        T* const target = derivatives_.data() + s.start;
        if (s.links.empty()) {
            *target = T(1);
            continue;
        }
        const bool whole = own.size() == work_.size();
        T* const sum = whole ? target : work_.data();
        if (whole)
            std::fill_n(target, own.size(), T(0));
        else
            for (const std::uint32_t u : own) sum[u] = T(0);
        for (const link& l : s.links) {
            factor = l.slope != none ? values_.value(l.slope) : coefficients_[l.coefficient];
            if (l.other != none) factor *= values_.value(l.other);
            if (factor == 0) continue;
            const step& child = steps_[l.child];
            const T* const from = derivatives_.data() + child.start;
            const support& unknowns = supports_[child.unknowns];
            if (unknowns.size() == work_.size())
                for (std::size_t k = 0; k < unknowns.size(); ++k) add_multiple(sum[k], factor, from[k], product);
            else
                for (std::size_t k = 0; k < unknowns.size(); ++k) add_multiple(sum[unknowns[k]], factor, from[k], product);
        }
        if (!whole)
            for (std::size_t k = 0; k < own.size(); ++k) target[k] = sum[own[k]];
    }
    std::size_t next = 0;
    for (const node_id output : outputs_)
        for (std::size_t k = 0; k < supports_[steps_[output].unknowns].size(); ++k) entries_[next++] = derivatives_[steps_[output].start + k];
    return entries_;
}

template class jacobian_evaluator<double>;
template class jacobian_evaluator<Real>;

}  // namespace eonflow::graph
