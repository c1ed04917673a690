using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Where the engine looks up units that a transaction needs: a lookup without effects, the same answer until a reload.</summary>
public interface IUnitSource
{
    /// <summary>The unit of that name or alias; one with <see cref="LoadState.NotFound"/> when there is none.</summary>
    Unit Find(string name);

    /// <summary>Questions follow that belong together: what they are about does not change in between.</summary>
    void BeginQuestions()
    {
    }

    void EndQuestions()
    {
    }
}
