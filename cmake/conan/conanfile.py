"""Builds the source tree that this recipe stands in:  conan create cmake/conan --build=missing"""
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class Poolnorm(ConanFile):
    name = "poolnorm"
    description = "Pooling and batch norm for CPUs"
    license = "Apache-2.0"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "openmp": [True, False]}
    default_options = {"shared": False, "openmp": True}

    def _tree(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._tree(), "include", "poolnorm", "version.h"))
        self.version = ".".join(re.findall(r"POOLNORM_VERSION_\w+ (\d+)", header))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "lib/*"):
            copy(self, pattern, src=self._tree(), dst=self.export_sources_folder)

    def requirements(self):
        self.requires("xsimd/[>=13.1 <15]", visible=False)  # headers, at build time only

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.variables["POOLNORM_SHARED"] = bool(self.options.shared)
        toolchain.variables["POOLNORM_OPENMP"] = bool(self.options.openmp)
        toolchain.variables["POOLNORM_INSTALL"] = True
        toolchain.variables["POOLNORM_BUILD_TESTS"] = False
        toolchain.variables["POOLNORM_BUILD_BENCH"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # Our own package files know the definitions, the C++ library and OpenMP.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "poolnorm")]
