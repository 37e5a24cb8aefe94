#pragma once
/// The state of a computation as a flat list of texts, from which it goes on with the same bits.

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/real.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace eonflow::number {

using Record = std::vector<std::string>;

/// One function template `transfer(Archive& archive, T& value)` beside a type names its parts once, for both directions.
template <class Archive, class T>
concept transferable = requires(Archive& archive, T& value) { transfer(archive, value); };

/// Appends values to a record.
class RecordWriter {
public:
    template <class... Values>
    void operator()(const Values&... values) {
        (put(values), ...);
    }
    [[nodiscard]] Record take() noexcept { return std::move(record_); }

private:
    void put(const Real& x);
    void put(double x);
    void put(const std::string& x) { record_.push_back(x); }
    template <class T>
        requires std::is_integral_v<T> || std::is_enum_v<T>
    void put(T x) {
        record_.push_back(std::to_string(static_cast<std::int64_t>(x)));
    }
    template <class T>
    void put(const std::vector<T>& values) {
        put(values.size());
        for (const T& value : values) put(value);
    }
    template <class T>
    void put(const Matrix<T>& m) {
        (*this)(m.rows(), m.columns(), m.entries());
    }
    template <class T>
    void put(const std::optional<T>& x) {
        put(x.has_value());
        if (x) put(*x);
    }
    template <class T>
        requires transferable<RecordWriter, T>
    void put(const T& x) {
        transfer(*this, const_cast<T&>(x));  // a writer only reads
    }

    Record record_;
};

/// Reads values back in the order in which they were written, reals in the precision of the caller's scope, which must be at least that of the writer.
/// Throws invalid_input where the record is too short or holds something else.
class RecordReader {
public:
    explicit RecordReader(const Record& record) : record_(&record) {}
    template <class... Values>
    void operator()(Values&... values) {
        (get(values), ...);
    }

private:
    [[nodiscard]] const std::string& next();
    [[nodiscard]] std::int64_t integer();
    /// A count of things that the rest of the record must hold.
    [[nodiscard]] std::size_t count();
    void get(Real& x);
    void get(double& x);
    void get(std::string& x) { x = next(); }
    template <class T>
        requires std::is_integral_v<T> || std::is_enum_v<T>
    void get(T& x) {
        x = static_cast<T>(integer());
    }
    template <class T>
    void get(std::vector<T>& values) {
        values = std::vector<T>(count());
        for (T& value : values) get(value);
    }
    template <class T>
    void get(Matrix<T>& m) {
        const std::size_t rows = count(), columns = count();
        m = Matrix<T>(rows, columns);
        get(m.entries());
        refuse_unless(m.entries().size() == rows * columns);
    }
    template <class T>
    void get(std::optional<T>& x) {
        bool there = false;
        get(there);
        x.reset();
        if (there) get(x.emplace());
    }
    template <class T>
        requires transferable<RecordReader, T>
    void get(T& x) {
        transfer(*this, x);
    }
    static void refuse_unless(bool good);

    const Record* record_;
    std::size_t position_ = 0;
};

}  // namespace eonflow::number
