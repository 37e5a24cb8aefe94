#include <boost/test/unit_test.hpp>

// Written out, since Boost.Test's own main needs a macro before the header, which is precompiled here.
int main(int count, char** arguments) {
    return boost::unit_test::unit_test_main([] { return true; }, count, arguments);
}
