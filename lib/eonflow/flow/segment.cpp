#include <eonflow/flow/segment.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/ode/odeint.hpp>
#include <eonflow/ode/record.hpp>

namespace eonflow::flow {

using number::Real;
using number::Vector;

namespace {

class SeriesSegment final : public Segment {
public:
    SeriesSegment(const graph::vector_field& field, const ode::taylor::options& wanted) : integrator_(field, wanted) {}
    void start(const Real& time, Vector state, const Vector& parameters, const Real& length) override {
        integrator_.set_parameters(parameters);
        integrator_.start(time, std::move(state));
        if (length != 0) integrator_.propose(length);
    }
    ode::status step(const Real& limit) override { return integrator_.step(limit); }
    const Real& time() const override { return integrator_.time(); }
    const Vector& state() const override { return integrator_.state(); }
    Vector dense(const Real& at) override { return integrator_.dense(at); }
    const ode::counters& counted() const override { return integrator_.counted(); }
    const Real& origin() const override { return integrator_.origin(); }
    const Real& length() const override { return integrator_.length(); }
    number::Record save() const override {
        number::RecordWriter writer;
        writer(integrator_.save());
        return writer.take();
    }
    void restore(const number::Record& saved) override {
        ode::taylor::checkpoint state;
        number::RecordReader reader(saved);
        reader(state);
        integrator_.restore(state);
    }
    void set_order(int order) override { integrator_.set_order(order); }
    const ode::taylor* series() const override { return &integrator_; }

private:
    ode::taylor integrator_;
};

/// A second witness integrates from the step's origin to where the state is asked for.
class WitnessSegment final : public Segment {
public:
    WitnessSegment(const graph::vector_field& field, const ode::witness::options& wanted) : integrator_(field, wanted), interpolator_(field, wanted), rest_(field.parameters()) {}
    void start(const Real& time, Vector state, const Vector& parameters, const Real& /*length*/) override {
        Vector all(rest_ - parameters.size(), Real(0));  // the extensions are parameters here, of no effect
        all.insert(all.end(), parameters.begin(), parameters.end());
        for (ode::witness* w : {&integrator_, &interpolator_}) w->set_parameters(all);
        origin_ = time, length_ = 0;
        origin_state_ = state;
        integrator_.start(time, std::move(state));
    }
    ode::status step(const Real& limit) override {
        origin_ = integrator_.time();
        origin_state_ = integrator_.state();
        const ode::status result = integrator_.step(limit);
        length_ = integrator_.time() - origin_;
        return result;
    }
    const Real& time() const override { return integrator_.time(); }
    const Vector& state() const override { return integrator_.state(); }
    Vector dense(const Real& at) override {
        if (at == integrator_.time()) return integrator_.state();
        interpolator_.start(origin_, origin_state_);
        if (at != origin_) (void)interpolator_.advance(at);
        return interpolator_.state();
    }
    const ode::counters& counted() const override { return integrator_.counted(); }
    const Real& origin() const override { return origin_; }
    const Real& length() const override { return length_; }
    number::Record save() const override { return {}; }
    void restore(const number::Record& /*saved*/) override { throw invalid_input("the states of Odeint's methods are not kept"); }

private:
    ode::witness integrator_, interpolator_;
    std::size_t rest_;
    Real origin_, length_;
    Vector origin_state_;
};

}  // namespace

std::unique_ptr<Segment> Segment::by_series(const graph::vector_field& field, const ode::taylor::options& wanted) { return std::make_unique<SeriesSegment>(field, wanted); }

std::unique_ptr<Segment> Segment::by_witness(const std::string& method, const graph::vector_field& field, std::size_t states, std::int64_t bits, std::int64_t digits) {
    ode::witness::options wanted;
    wanted.bits = bits;
    wanted.digits = digits;
    if (method == "fehlberg78")
        wanted.stepper = ode::witness::method::runge_kutta_fehlberg78;
    else if (method == "bulirsch_stoer")
        wanted.stepper = ode::witness::method::bulirsch_stoer;
    else
        throw invalid_input("the method \"" + method + "\" is unknown, accepted are \"taylor\", \"fehlberg78\" and \"bulirsch_stoer\"");
    graph::vector_field own = field;
    own.derivative.resize(states);
    return std::make_unique<WitnessSegment>(own, wanted);
}

}  // namespace eonflow::flow
