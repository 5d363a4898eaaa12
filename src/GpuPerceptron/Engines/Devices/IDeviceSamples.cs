using GpuPerceptron.Kernels;
using ILGPU;

namespace GpuPerceptron.Engines.Devices;

/// <summary>A dataset's samples as a device gets at them.</summary>
internal interface IDeviceSamples : IDisposable
{
    /// <summary>A row of X.</summary>
    RowShape Shape { get; }

    /// <summary>Rows of the largest part; 0 without samples.</summary>
    long MaximumRows { get; }

    /// <summary>What a pass kernel is launched with, part by part: each is to be launched before the next is asked for.</summary>
    /// <param name="parameters">See <see cref="PassArguments.Parameters"/>.</param>
    /// <param name="partials">See <see cref="PassArguments.Partials"/>.</param>
    IEnumerable<PassArguments> Arguments(ArrayView<Float4> parameters, ArrayView<double> partials);
}
